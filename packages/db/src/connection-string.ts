import { fileURLToPath } from "node:url"
import { PersistError } from "@persist/core"

/** What speaks to a database. */
export type DriverName = "sqlite" | "postgres" | "pglite" | "mysql"

/** A connection string, read. */
export interface ConnectionTarget {
  readonly driver: DriverName
  /** The file of a SQLite database, or the whole URL of a server. */
  readonly address: string
}

const schemes: Readonly<Record<string, DriverName>> = {
  "sqlite:": "sqlite",
  "file:": "sqlite",
  "postgres:": "postgres",
  "postgresql:": "postgres",
  "pglite:": "pglite",
  "mysql:": "mysql",
  "mariadb:": "mysql",
}

/** @throws `ERR_PERSIST_INVALID_OPTION` for a string of no known kind; its content is not repeated. */
export function readConnectionString(text: string): ConnectionTarget {
  const scheme = /^[a-z]+:/.exec(text)?.[0] ?? ""
  const driver = schemes[scheme]
  if (driver === undefined) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      'The connection string is of no known kind; give "sqlite:./app.db", "sqlite::memory:", "postgres://…" or "mysql://…".',
    )
  }
  if (driver === "sqlite") return { driver, address: sqliteFile(text, scheme) }
  if (driver === "pglite") return { driver, address: pgliteFolder(text) }
  if (!URL.canParse(withHost(text))) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `The ${scheme} connection string is not a valid URL; percent-encode special characters in its user and password.`,
    )
  }
  return { driver, address: text }
}

/** The address for messages: who reads a log must not learn the password. */
export function withoutCredentials(address: string): string {
  if (!URL.canParse(withHost(address))) return "(unreadable address)"
  const url = new URL(withHost(address))
  return `${url.protocol}//${url.host}${url.pathname}`
}

/** postgres://user@/name?host=/run/postgresql: PostgreSQL's own form for a Unix socket is no URL. */
function withHost(address: string): string {
  return address.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, "$1localhost")
}

// sqlite:./app.db, sqlite:/var/app.db, sqlite:///var/app.db (as in SQLAlchemy), sqlite://./app.db
function sqliteFile(text: string, scheme: string): string {
  if (scheme === "file:") return text.startsWith("file://") ? fileOfUrl(text) : text.slice(5)
  const rest = text.slice(scheme.length)
  const file = rest.startsWith("//") ? rest.slice(2) : rest
  if (file !== "" && file !== "/:memory:") return file
  return ":memory:"
}

function fileOfUrl(text: string): string {
  try {
    return fileURLToPath(text)
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      'The file: connection string names no file of this machine; give "file:///var/app.db" or "sqlite:./app.db".',
      { cause },
    )
  }
}

// pglite:./folder, pglite::memory:
function pgliteFolder(text: string): string {
  const rest = text.slice("pglite:".length).replace(/^\/\//, "")
  return rest === ":memory:" || rest === "memory" ? "" : rest
}
