/** The codes of the errors that a cache throws. */
export type CacheErrorCode =
  | "ERR_PERSIST_INVALID_OPTION"
  | "ERR_PERSIST_INVALID_ARGUMENT"
  | "ERR_PERSIST_ABORTED"
  | "ERR_PERSIST_TIMEOUT"

/** What a `PersistError` tells beside its code and message. */
export interface PersistErrorOptions {
  /** The error underneath, with its own `code` intact. */
  readonly cause?: unknown | undefined
  /** The cache key concerned, as a string. */
  readonly key?: string | undefined
  /** Facts a program may act on. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

const brand: unique symbol = Symbol.for("@persist/error")

/**
 * The error of every `@persist` package, in the shape of the one in `@persist/atomic`: this package
 * depends on nothing, and `PersistError.is` of any of them knows the errors of all by their brand.
 */
export class PersistError extends Error {
  /** Which case it is; each code has a heading in the README. */
  readonly code: CacheErrorCode
  // Declared only: what an error does not tell is no property of it, and is not printed.
  /** The key that it is about, if one. */
  declare readonly key: string | undefined
  declare readonly path: undefined
  /** Further facts of some codes. */
  declare readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: CacheErrorCode, message: string, options: PersistErrorOptions = {}) {
    super(message, options)
    this.code = code
    if (options.key !== undefined) this.key = options.key
    if (options.details !== undefined) this.details = options.details
  }

  // On the prototype, where they are not printed with every error; to types, `name` is the property of any error,
  // which a subclass may give its own value.
  /** @internal */
  override get name(): string {
    return "PersistError"
  }

  /** @internal */
  get [brand](): true {
    return true
  }

  /** Tells whether `value` is an error of this family, of `code` when one is given. */
  static is<C extends string>(value: unknown, code: C): value is PersistError & { code: C }
  static is(value: unknown): value is PersistError
  static is(value: unknown, code?: string): boolean {
    const error = value as { code?: unknown; [brand]?: unknown } | null | undefined
    return error?.[brand] === true && (code === undefined || error.code === code)
  }
}
