/** What this package calls of a better-sqlite3 statement. */
export interface SqliteStatement {
  /** Whether it returns rows. */
  readonly reader: boolean
  /** Whether it changes nothing in the file. */
  readonly readonly: boolean
  all(parameters: readonly unknown[]): unknown[]
  run(parameters?: readonly unknown[]): SqliteRunResult
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>
  columns(): readonly SqliteColumn[]
  safeIntegers(isSafe: boolean): unknown
}

export interface SqliteRunResult {
  readonly changes: number
  readonly lastInsertRowid: number | bigint
}

export interface SqliteColumn {
  readonly name: string
  /** The declared type; `null` for an expression. */
  readonly type: string | null
}

export interface SqliteBackupProgress {
  readonly totalPages: number
  readonly remainingPages: number
}

/** What this package calls of a better-sqlite3 `Database`; pass your own as `client`. */
export interface SqliteDatabase {
  readonly name: string
  readonly open: boolean
  readonly memory: boolean
  readonly readonly: boolean
  readonly inTransaction: boolean
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  pragma(source: string, options?: { simple?: boolean }): unknown
  backup(
    path: string,
    options?: { progress?: (info: SqliteBackupProgress) => number },
  ): Promise<unknown>
  close(): unknown
}
