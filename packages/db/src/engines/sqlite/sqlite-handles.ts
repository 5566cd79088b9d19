import { beginsWith } from "../../sql/first-word.ts"
import { StatementCache } from "../statement-cache.ts"
import { type BusyWait, blockWhileBusy, waitWhileBusy } from "./busy-wait.ts"
import { FilePlace } from "./file-place.ts"
import { openFailure, openSqlite, sqlitePragmas, writeAhead } from "./open-sqlite.ts"
import type { PreparedStatement } from "./prepared-statement.ts"
import { SqliteConnection } from "./sqlite-connection.ts"
import type { SqliteDatabase } from "./sqlite-database.ts"
import type { SqliteEngineOptions } from "./sqlite-options.ts"

/** What a read-only connection cannot see: the state of the connection that writes. */
const asksForState = /\b(?:last_insert_rowid|changes|total_changes)\s*\(|\btemp\./i
const isCommand = beginsWith("pragma|begin|attach|detach|explain")

/** The open handles on one SQLite database: the one that writes, and on a WAL file those that read. */
export class SqliteHandles {
  readonly #options: SqliteEngineOptions
  readonly #busyWait: BusyWait
  readonly #routes: StatementCache<PreparedStatement | "writer">
  readonly #readers = new Set<SqliteConnection>()
  #writer: SqliteConnection | undefined
  #reader: SqliteConnection | undefined
  #lastMark = ""
  #place: FilePlace | undefined

  constructor(options: SqliteEngineOptions, busyWait: BusyWait) {
    this.#options = options
    this.#busyWait = busyWait
    this.#routes = new StatementCache(options.statementCache)
  }

  /** `undefined` until the database has been opened. */
  get writer(): SqliteConnection | undefined {
    return this.#writer
  }

  /** Serves single reads at once and is never lent; `undefined` where only the writer reads. */
  get reader(): SqliteConnection | undefined {
    return this.#reader
  }

  /** @throws `ERR_PERSIST_IO` when the file that is open is not the one that is there. */
  assertUnmoved(): void {
    this.#place?.assertUnmoved()
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    try {
      await waitWhileBusy(this.#busyWait, signal, () => this.#open())
    } catch (error) {
      throw openFailure(error, this.#options.filename)
    }
  }

  /** `open` for callers that cannot wait. */
  openNow(): void {
    if (this.#writer !== undefined) return
    try {
      // By ourselves: SQLite does not wait when two change the journal mode of a new file at once.
      blockWhileBusy(this.#busyWait.timeout, () => this.#open())
    } catch (error) {
      throw openFailure(error, this.#options.filename)
    }
  }

  /** A reader of one's own. @throws `ERR_PERSIST_IO`, `ERR_PERSIST_BUSY`, `ERR_PERSIST_CORRUPT` */
  anotherReader(): SqliteConnection {
    try {
      return this.openReader()
    } catch (error) {
      throw openFailure(error, this.#options.filename)
    }
  }

  openReader(): SqliteConnection {
    const database = openSqlite(this.#options.filename, { readonly: true })
    try {
      for (const pragma of sqlitePragmas(this.#options.durability)) database.pragma(pragma)
    } catch (error) {
      database.close()
      throw error
    }
    const reader = this.#connection(database)
    this.#readers.add(reader)
    return reader
  }

  /** The statement on the reader, when it is one that only reads what is committed. */
  readable(sql: string): PreparedStatement | undefined {
    if (this.#reader === undefined) return undefined
    const known = this.#routes.get(sql)
    if (known !== undefined) return known === "writer" ? undefined : known
    const isForWriter = isCommand.test(sql) || asksForState.test(sql)
    const prepared = isForWriter ? undefined : tryPrepare(this.#reader, sql)
    this.#routes.set(sql, prepared ?? "writer")
    return prepared
  }

  /** Something that is another after every commit, of whatever process; the last one during a session in memory. */
  changeMark(): string {
    this.openNow()
    const writer = this.#writer!
    if (this.#reader !== undefined) {
      return String(this.#reader.database.pragma("data_version", { simple: true }))
    }
    if (writer.inTransaction) return this.#lastMark
    const version = writer.database.pragma("data_version", { simple: true })
    const { rows } = writer.runNow<{ changes: number }>("select total_changes() as changes", [])
    this.#lastMark = `${version}:${rows[0]!.changes}`
    return this.#lastMark
  }

  /** Forgets every prepared statement, after what they were made for has changed. */
  forgetStatements(): void {
    this.#routes.clear()
    this.#writer?.forgetStatements()
    for (const reader of this.#readers) reader.forgetStatements()
  }

  /** Closes what is open; the last one to close empties the write-ahead log. */
  close(): void {
    for (const { database } of this.#readers) closeQuietly(database)
    const database = this.#writer?.database
    if (!database?.open || this.#options.client !== undefined) return
    if (!database.readonly) optimizeQuietly(database)
    database.close()
  }

  #open(): void {
    if (this.#writer !== undefined) return
    const { client, filename } = this.#options
    const database = client ?? openSqlite(filename, {})
    try {
      const hasReaders = client === undefined && this.#prepareFile(database)
      this.#reader = hasReaders ? this.openReader() : undefined
    } catch (error) {
      database.close()
      throw error
    }
    this.#writer = this.#connection(database)
    if (client !== undefined || database.memory) return
    // Where others read the log while it is open, nobody may take it away.
    const log = this.#reader === undefined ? [] : [`${filename}-wal`, `${filename}-shm`]
    this.#place = new FilePlace([filename, ...log])
  }

  /** @returns Whether others can read while one writes. */
  #prepareFile(database: SqliteDatabase): boolean {
    const mode = writeAhead(database)
    for (const pragma of sqlitePragmas(this.#options.durability)) database.pragma(pragma)
    return mode === "wal" && this.#options.readers > 0
  }

  #connection(database: SqliteDatabase): SqliteConnection {
    return new SqliteConnection(database, {
      statementCache: this.#options.statementCache,
      busyWait: this.#busyWait,
      onSchemaChange: () => this.forgetStatements(),
      isForeign: this.#options.client !== undefined,
    })
  }
}

/** It is a service to the next one who opens the file; somebody who writes there now may be in its way. */
function optimizeQuietly(database: SqliteDatabase): void {
  try {
    database.pragma("optimize")
  } catch {}
}

/** A handle with a cursor that was never read to its end does not close; the process's end closes it. */
function closeQuietly(database: SqliteDatabase): void {
  try {
    if (database.open) database.close()
  } catch {}
}

function tryPrepare(reader: SqliteConnection, sql: string): PreparedStatement | undefined {
  try {
    const prepared = reader.prepareUnshared(sql)
    return prepared.returnsRows && prepared.statement.readonly ? prepared : undefined
  } catch {
    // The writer may know more, such as a temporary table; if not, its error is the one to show.
    return undefined
  }
}
