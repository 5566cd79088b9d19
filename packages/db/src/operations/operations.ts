import { PersistError } from "@persist/core"
import { kinds, valuesCheck } from "@persist/core/options"
import type { Engine } from "../engines/engine.ts"
import { SqliteEngine } from "../engines/sqlite/sqlite-engine.ts"
import { careInSession } from "../errors/session-error.ts"
import type { Sessions } from "../session/sessions.ts"
import { backquoteName } from "../sql/quote-name.ts"
import { copyDatabase } from "./copy-database.ts"
import { restoreDatabase } from "./restore-database.ts"

/** How far a backup has come. */
export interface BackupProgress {
  /** Pages of the database. */
  readonly total: number
  /** Pages that are still to be copied. */
  readonly remaining: number
}

/** Options of `backup`. */
export interface BackupOptions {
  /** Called after every step of the copy. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined
  /** Ends the backup and leaves nothing. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `restore`. */
export interface RestoreOptions {
  /** Ends the wait and the copying; nothing has changed then. */
  readonly signal?: AbortSignal | undefined
}

const checkRestore = valuesCheck<RestoreOptions>("restore", { signal: kinds.signal })
const checkBackup = valuesCheck<BackupOptions>("backup", {
  onProgress: kinds.callback,
  signal: kinds.signal,
})

/** Care for a whole database. */
export class Operations {
  readonly #engine: Engine
  readonly #sessions: Sessions

  constructor(engine: Engine, sessions: Sessions) {
    this.#engine = engine
    this.#sessions = sessions
  }

  async backup(path: string, options: BackupOptions = {}): Promise<void> {
    checkBackup(options)
    assertPath(path, "backup")
    const engine = this.#sqlite("backup", "pg_dump or mysqldump")
    if (!engine.hasReaders) this.#assertWriterElsewhere("backup")
    const holder = { describe: () => `a backup to ${path}` }
    const connection = await engine.acquire("read", { holder, signal: options.signal })
    try {
      await copyDatabase(connection, path, options)
    } finally {
      await engine.release(connection)
    }
  }

  async restore(path: string, options: RestoreOptions = {}): Promise<void> {
    checkRestore(options)
    assertPath(path, "restore")
    const engine = this.#sqlite("restore", "pg_restore or mysql")
    this.#assertWriterElsewhere("restore")
    const holder = { describe: () => `a restore from ${path}` }
    const { signal } = options
    const connection = await engine.acquire("write", { holder, signal })
    try {
      const { busyTimeout } = engine
      await restoreDatabase(path, connection.database, { busyTimeout, signal })
      engine.forgetStatements()
    } finally {
      await engine.release(connection)
    }
  }

  /** What is wrong with the database; nothing is wrong with an empty list. */
  async checkIntegrity(): Promise<string[]> {
    this.#sqlite("checkIntegrity", "amcheck or check table")
    const integrity = await this.#found<{ integrity_check: string }>(
      "pragma integrity_check",
      (row) => row.integrity_check,
    )
    const keys = await this.#found<{ table: string; parent: string }>(
      "pragma foreign_key_check",
      ({ table, parent }) => `a row of "${table}" refers to none of "${parent}"`,
    )
    return [...integrity.filter((problem) => problem !== "ok"), ...keys]
  }

  async optimize(): Promise<void> {
    if (this.#engine.name === "sqlite") {
      this.#assertWriterElsewhere("optimize")
      await this.#run("pragma optimize")
      await this.#run("pragma wal_checkpoint(truncate)")
    } else if (this.#engine.name === "postgres") await this.#run("analyze")
    else await this.#eachMysqlTable("analyze table")
  }

  async vacuum(): Promise<void> {
    this.#assertWriterElsewhere("vacuum")
    if (this.#engine.name === "mysql") await this.#eachMysqlTable("optimize table")
    else await this.#run("vacuum")
  }

  /** What a look at the file tells; one that is damaged too much to be looked at is what was found. */
  async #found<Row>(sql: string, tell: (row: Row) => string): Promise<string[]> {
    try {
      return (await this.#run<Row>(sql)).map(tell)
    } catch (error) {
      if (PersistError.is(error, "ERR_PERSIST_CORRUPT")) return [error.message]
      throw error
    }
  }

  async #eachMysqlTable(action: string): Promise<void> {
    const tables = await this.#run<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'",
    )
    for (const { name } of tables) await this.#run(`${action} ${backquoteName(name)}`)
  }

  /** Outside of sessions: most of these statements refuse a transaction. */
  async #run<Row>(sql: string): Promise<Row[]> {
    const { rows } = await this.#sessions.outside(() => this.#sessions.run<Row>(sql, []))
    return rows
  }

  /** SQLite has one connection that writes: in a session that holds it this would wait for itself. */
  #assertWriterElsewhere(operation: string): void {
    let session = this.#sessions.current
    while (session?.parent !== undefined) session = session.parent
    // Timers that a session has started still run in it when it has ended.
    if (session === undefined || session.isEnded || !(this.#engine instanceof SqliteEngine)) return
    if (this.#engine.isWriter(session.connection)) throw careInSession(operation)
  }

  #sqlite(operation: string, instead: string): SqliteEngine {
    if (this.#engine instanceof SqliteEngine) return this.#engine
    throw new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      `${operation} is for SQLite; for ${this.#engine.location} use ${instead}.`,
    )
  }
}

function assertPath(path: unknown, operation: string): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${operation} takes the path of a file, as a text without NUL.`,
  )
}
