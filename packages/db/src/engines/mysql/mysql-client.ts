/** What this package calls of a connection of mysql2's promise interface. */
export interface MysqlClient {
  readonly threadId: number | null
  query(options: MysqlQuery): Promise<[result: unknown, fields?: readonly MysqlField[]]>
  execute(options: MysqlQuery): Promise<[result: unknown, fields?: readonly MysqlField[]]>
  on(event: "error" | "end", listener: (error?: Error) => void): unknown
  end(): Promise<void>
  destroy(): void
  /** Only on a connection that a pool lent. */
  release(): void
  /** The connection underneath, which streams. */
  readonly connection: {
    /** How it reads and writes values. */
    config: unknown
    escape(value: unknown): string
    execute(options: MysqlQuery): {
      /** Undefined for a statement without rows. */
      on(event: "fields", listener: (fields: readonly MysqlField[] | undefined) => void): unknown
      stream(options: { highWaterMark: number }): AsyncIterable<unknown>
    }
    on(event: "error" | "end", listener: (error?: Error) => void): unknown
    off(event: "error" | "end", listener: (error?: Error) => void): unknown
    readonly stream: { destroy(error: Error): unknown }
  }
}

export interface MysqlQuery {
  readonly sql: string
  readonly values?: readonly unknown[]
}

export interface MysqlField {
  readonly name: string
  readonly columnType?: number
  readonly columnLength?: number
  /** Digits of a fraction. */
  readonly decimals?: number
  /** Empty for an expression. */
  readonly table?: string
  readonly extendedFormat?: string | undefined
}

/** What a statement without rows returns. */
export interface MysqlOutcome {
  readonly affectedRows: number
  readonly changedRows?: number
  readonly insertId: number | string
  readonly serverStatus?: number
}

/** What this package calls of the `mysql2/promise` module. */
export interface MysqlModule {
  createConnection(config: Readonly<Record<string, unknown>>): Promise<MysqlClient>
  /** Older versions have no typed parameters. */
  readonly default?: { readonly TypedParameter?: { readonly BIGINT?: MysqlInteger } }
}

/** Makes a typed parameter of an integer of 64 bits, with a sign or without. */
interface MysqlInteger {
  (value: bigint): unknown
  unsigned(value: bigint): unknown
}

/** What this package calls of a pool of mysql2; pass your own as `client`. */
export interface MysqlPool {
  getConnection(): Promise<MysqlClient>
  /** On a pool of the callback interface. */
  promise?(): MysqlPool
}
