import { PersistError } from "@persist/core"
import { invalidOption } from "@persist/core/options"

/** Where one server is, and as whom to speak to it. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Path of a Unix socket, instead of host and port. */
  readonly path?: string | undefined
  readonly tls: boolean
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly database: number
  /** What else its client is made with, where a client of the caller's says it. */
  readonly options?: ClientOptions | undefined
}

/** Options of `createClient` of `redis`, as far as they are looked at here. */
export interface ClientOptions {
  readonly socket?: Readonly<Record<string, unknown>> | undefined
  readonly database?: number | undefined
}

const defaultPort = 6379

/**
 * Reads `redis://user:password@host:port/database`, `rediss://` (TLS) or `unix:///path`, all also with `?db=` for the
 * database, and the first two as `valkey://` and `valkeys://`; whatever else stands there would be overlooked, so it is refused.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`; the message never repeats the text, which may hold a password.
 */
export function parseAddress(url: string, option = "url"): Address {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined
  const protocol = parsed?.protocol.replace(/^valkey/, "redis")
  if (parsed === undefined || !["redis:", "rediss:", "unix:"].includes(protocol!)) {
    throw invalidOption(
      option,
      typeof url === "string" ? "[not shown]" : url,
      '"redis://host:port", "rediss://host:port" or "unix:///path"',
    )
  }
  const isUnix = protocol === "unix:"
  const text = (part: string) => (part === "" ? undefined : decoded(part, option))
  return Object.freeze({
    host: withoutBrackets(parsed.hostname) || "127.0.0.1",
    port: parsed.port === "" ? defaultPort : Number(parsed.port),
    path: isUnix ? text(parsed.pathname) : undefined,
    tls: protocol === "rediss:",
    username: text(parsed.username),
    password: text(parsed.password),
    database: databaseOf(parsed, option),
  })
}

/** How messages name an address: without credentials. */
export function shownAddress({ host, port, path }: Address): string {
  return path ?? `${host.includes(":") ? `[${host}]` : host}:${port}`
}

/** The host of an IPv6 address as sockets want it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1")
}

function databaseOf(
  { protocol, pathname, search, searchParams, hash }: URL,
  option: string,
): number {
  const unknown = [...searchParams.keys()].find((name) => name !== "db")
  if (unknown !== undefined || hash !== "") {
    const isShown = unknown !== undefined && !search.includes("@")
    const what = isShown ? `a parameter "${unknown}"` : 'something behind "?" or "#"'
    throw invalid(
      option,
      `the address has ${what} that is not known. Only "?db=" is; give other settings with a "client", and write "#" and "?" in a password as %23 and %3F.`,
    )
  }
  const path = protocol === "unix:" ? "" : pathname.slice(1)
  const database = [path, ...searchParams.getAll("db")].filter((name) => name !== "")
  if (database.length > 1 || !/^\d{1,9}$/.test(database[0] ?? "0")) {
    throw invalid(option, "the database is not one number; give redis://host:port/0.")
  }
  return Number(database[0] ?? 0)
}

function decoded(part: string, option: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid(option, 'the address has a "%" that begins no character; write it as %25.')
  }
}

function invalid(option: string, what: string): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_OPTION", `${option}: ${what}`)
}
