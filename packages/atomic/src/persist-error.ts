/** Every code that a `PersistError` can carry. */
export type PersistErrorCode =
  // Values and formats
  | "ERR_PERSIST_ENCODE"
  | "ERR_PERSIST_DECODE"
  | "ERR_PERSIST_CORRUPT"
  | "ERR_PERSIST_LIMIT"
  | "ERR_PERSIST_VALIDATION"
  | "ERR_PERSIST_FORMAT"
  | "ERR_PERSIST_UNKNOWN_CLASS"
  | "ERR_PERSIST_DECRYPT"
  | "ERR_PERSIST_UNKNOWN_KEY"
  | "ERR_PERSIST_RETIRED_KEY"
  // Calls
  | "ERR_PERSIST_INVALID_KEY"
  | "ERR_PERSIST_INVALID_OPTION"
  | "ERR_PERSIST_INVALID_ARGUMENT"
  | "ERR_PERSIST_UNSUPPORTED"
  | "ERR_PERSIST_MISSING_DRIVER"
  // Storage
  | "ERR_PERSIST_NOT_FOUND"
  | "ERR_PERSIST_CONFLICT"
  | "ERR_PERSIST_FENCED"
  | "ERR_PERSIST_CLOSED"
  | "ERR_PERSIST_IO"
  | "ERR_PERSIST_INDETERMINATE"
  // Waiting
  | "ERR_PERSIST_ABORTED"
  | "ERR_PERSIST_TIMEOUT"
  | "ERR_PERSIST_LOCK_LOST"
  // Databases
  | "ERR_PERSIST_UNIQUE"
  | "ERR_PERSIST_FOREIGN_KEY"
  | "ERR_PERSIST_NOT_NULL"
  | "ERR_PERSIST_CHECK"
  | "ERR_PERSIST_BUSY"
  | "ERR_PERSIST_SERIALIZATION"
  | "ERR_PERSIST_CONNECTION"
  | "ERR_PERSIST_SYNTAX"
  | "ERR_PERSIST_NO_TABLE"
  | "ERR_PERSIST_SCHEMA"
  | "ERR_PERSIST_QUERY"
  | "ERR_PERSIST_SESSION"
  // Schema versions
  | "ERR_PERSIST_MIGRATION"
  | "ERR_PERSIST_NEWER"

/** What a `PersistError` tells beside its code and message. */
export interface PersistErrorOptions {
  /** The error underneath, with its own `code` intact. */
  readonly cause?: unknown | undefined
  /** The storage key concerned. */
  readonly key?: string | undefined
  /** The file or directory concerned. */
  readonly path?: string | undefined
  /** Facts a program may act on, such as the constraint's name or the lock's holder. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

const brand = Symbol.for("@persist/error")

/** The one error class of every `@persist` package; tell cases apart by `code`. */
export class PersistError extends Error {
  /** Which case it is; each code has a heading in the package's README. */
  readonly code: PersistErrorCode
  // Declared only: what an error does not tell is no property of it, and is not printed.
  /** The key, name or table that it is about, if one. */
  declare readonly key: string | undefined
  /** The file or folder that it is about, if one. */
  declare readonly path: string | undefined
  /** Further facts of some codes, such as the `holder` of a lock. */
  declare readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: PersistErrorCode, message: string, options: PersistErrorOptions = {}) {
    super(abridged(message, options.key), "cause" in options ? { cause: options.cause } : undefined)
    this.code = code
    if (options.key !== undefined) this.key = options.key
    if (options.path !== undefined) this.path = options.path
    if (options.details !== undefined) this.details = options.details
  }

  /**
   * Tells whether `value` is a `PersistError`, of `code` when one is given.
   * Works across duplicate installs of a package, where `instanceof` does not.
   */
  static is<C extends PersistErrorCode>(
    value: unknown,
    code: C,
  ): value is PersistError & { code: C }
  static is(value: unknown): value is PersistError
  static is(value: unknown, code?: PersistErrorCode): boolean {
    if (typeof value !== "object" || value === null || !(brand in value)) return false
    return code === undefined || (value as { code?: unknown }).code === code
  }
}

/** A key may have any length, and a message is there to be read; `key` tells all of it. */
function abridged(message: string, key: string | undefined): string {
  if (key === undefined || key.length <= 500) return message
  return message.replaceAll(key, () => `${key.slice(0, 240)}…${key.slice(-240)}`)
}

Object.defineProperty(PersistError.prototype, "name", { value: "PersistError" })
Object.defineProperty(PersistError.prototype, brand, { value: true })
