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
}

const defaultPort = 6379

/**
 * Reads `redis://user:password@host:port/database`, `rediss://` (TLS) or `unix:///path?db=0`.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`; the message never repeats the text, which may hold a password.
 */
export function parseAddress(url: string, option = "url"): Address {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined
  const protocol = parsed?.protocol
  if (parsed === undefined || !["redis:", "rediss:", "unix:"].includes(protocol!)) {
    throw invalidOption(
      option,
      typeof url === "string" ? "[not shown]" : url,
      '"redis://host:port", "rediss://host:port" or "unix:///path"',
    )
  }
  const isUnix = protocol === "unix:"
  const database = isUnix ? (parsed.searchParams.get("db") ?? "0") : parsed.pathname.slice(1) || "0"
  if (!/^\d{1,9}$/.test(database)) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `${option}: the database is no number; give redis://host:port/0.`,
    )
  }
  const { username, password } = parsed
  return Object.freeze({
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1") || "127.0.0.1",
    port: parsed.port === "" ? defaultPort : Number(parsed.port),
    path: isUnix ? decodeURIComponent(parsed.pathname) : undefined,
    tls: protocol === "rediss:",
    username: username === "" ? undefined : decodeURIComponent(username),
    password: password === "" ? undefined : decodeURIComponent(password),
    database: Number(database),
  })
}

/** How messages name an address: without credentials. */
export function shownAddress({ host, port, path }: Address): string {
  return path ?? `${host.includes(":") ? `[${host}]` : host}:${port}`
}
