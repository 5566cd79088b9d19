import type { Lease, LeaseOptions, StorageOptions } from "@persist/core"
import type { Kysely } from "kysely"
import type { Engine } from "./engines/engine.ts"
import { openEngine } from "./engines/open-engine.ts"
import { assertFunction, closedCall } from "./errors/call-error.ts"
import { withoutRace } from "./errors/creation-race.ts"
import { Leases } from "./lease/leases.ts"
import type {
  MigrateOptions,
  MigrationReport,
  MigrationStatus,
  Migrations,
} from "./migrations/migration.ts"
import { SchemaMigrations } from "./migrations/schema-migrations.ts"
import { type BackupOptions, Operations, type RestoreOptions } from "./operations/operations.ts"
import { type DatabaseOptions, type DatabaseSettings, readDatabaseOptions } from "./options.ts"
import type { PoolStatistics } from "./pool/pool-statistics.ts"
import { kyselyOver } from "./session/database-executor.ts"
import { Session } from "./session/session.ts"
import { readSessionOptions, type SessionOptions } from "./session/session-options.ts"
import { Sessions } from "./session/sessions.ts"
import { type SqlParameters, type SqlResult, StatementText } from "./sql/execute-sql.ts"
import { DatabaseAccess } from "./storage/database-access.ts"
import { OpenStorages } from "./storage/open-storages.ts"
import { TableStorage } from "./storage/table-storage.ts"
import type { Columns, KyselyWith, OnlyKnown } from "./table/columns.ts"
import { ensureTable } from "./table/create-table.ts"
import { tableDialect } from "./table/dialects/dialects.ts"
import { Table } from "./table/table.ts"
import { readTableSchema } from "./table/table-schema.ts"
import { TableSql } from "./table/table-sql.ts"

/**
 * A SQL database: sessions that commit on success and roll back on error, SQL text with parameters,
 * typed tables, and Kysely for every other query. SQLite unless told otherwise.
 *
 * Inside a session everything that goes through this object takes part in it.
 */
export class DatabaseStorage<Schema = unknown> implements AsyncDisposable {
  /** Typed queries; see kysely.dev. */
  readonly kysely: Kysely<Schema>
  readonly #settings: DatabaseSettings
  readonly #engine: Engine
  readonly #sessions: Sessions
  readonly #text: StatementText
  readonly #operations: Operations
  readonly #leases: Leases
  readonly #migrations: SchemaMigrations<Schema>
  readonly #storages = new OpenStorages()
  #closing: Promise<void> | undefined

  /**
   * The database is opened at first use.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION`
   */
  constructor(options: string | DatabaseOptions = {}) {
    this.#settings = readDatabaseOptions(options)
    this.#engine = openEngine(this.#settings)
    this.#sessions = new Sessions(this.#engine)
    this.#operations = new Operations(this.#engine, this.#sessions)
    this.#leases = new Leases(this.#engine, this.#sessions, this.#settings.acquireTimeout)
    this.kysely = kyselyOver<Schema>(this.#engine.dialect, this.#sessions)
    this.#text = new StatementText(this.#engine.name, (work) => this.getSession(work))
    const { timeout } = this.#settings
    this.#migrations = new SchemaMigrations(this.#engine, this.#sessions, this.#text, timeout)
  }

  /**
   * Runs `work` in a transaction: commits when it returns, rolls back when it throws, and always
   * gives the connection back. Inside another session it is a savepoint of that one.
   *
   * @returns What `work` returns.
   * @throws What `work` throws; `ERR_PERSIST_BUSY`, `ERR_PERSIST_SERIALIZATION`, `ERR_PERSIST_TIMEOUT`,
   * `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`, `ERR_PERSIST_INDETERMINATE` when the connection was
   * lost while committing.
   */
  async getSession<T>(
    work: (session: Session<Schema>) => Promise<T> | T,
    options?: SessionOptions,
  ): Promise<T> {
    this.#assertOpen("getSession")
    assertFunction(work, "getSession", "getSession(async (session) => { … })")
    const settings = readSessionOptions(options)
    return this.#sessions.session(async (hold) => {
      return work(new Session(this.#engine.dialect, this.#sessions.within(hold), this.#text))
    }, settings)
  }

  /**
   * Runs SQL text: `executeSql("… :name", { name })`, `executeSql("… ?", [value])`, or as a template
   * tag, where every `${value}` is a parameter. An array is a list in `in (:names)`. Several statements,
   * separated by semicolons, run as one session.
   *
   * @throws `ERR_PERSIST_SYNTAX`, `ERR_PERSIST_NO_TABLE`, `ERR_PERSIST_UNIQUE` and the other codes of
   * constraints, `ERR_PERSIST_INVALID_ARGUMENT` when text and parameters do not fit.
   */
  async executeSql<Row = Record<string, unknown>>(
    sql: string | TemplateStringsArray,
    ...parameters: SqlParameters
  ): Promise<SqlResult<Row>> {
    this.#assertOpen("executeSql")
    return this.#text.execute<Row>(this.#sessions, sql, parameters)
  }

  /**
   * Creates a table, with `id`, `created_at` and `updated_at`, unless it exists just so.
   *
   * @throws `ERR_PERSIST_SCHEMA` listing the differences when the table exists and is another one.
   */
  async createTable<const Name extends string, const C extends Columns>(
    name: Name,
    columns: C & OnlyKnown<C>,
  ): Promise<Table<C, Name>> {
    this.#assertOpen("createTable")
    const sql = new TableSql(readTableSchema(name, columns), tableDialect(this.#engine.name))
    const ensure = () => ensureTable(this.#sessions, sql.dialect, sql.schema)
    // MySQL commits at every change of a schema, so that must not touch the session around.
    const isOutside = this.#engine.name === "mysql"
    await withoutRace(() => (isOutside ? this.outside(ensure) : this.getSession(ensure)))
    const kysely = this.kysely as unknown as KyselyWith<Name, C>
    return new Table<C, Name>(sql, this.#sessions, kysely, (work) => this.getSession(work))
  }

  /**
   * Keys and values of any format in this database: the contract of `Storage`, with history,
   * `ifRevision`, `ttl` and `watch`. Inside a session it takes part in it.
   */
  storage(name: string, options?: StorageOptions): TableStorage {
    this.#assertOpen("storage")
    const access = new DatabaseAccess(this.#engine, this.#sessions, { isAwaited: true })
    return this.#storages.add(new TableStorage(name, access, this.#storages, options))
  }

  /**
   * Runs `work` under the lease `name`: a row, on the database's clock, renewed meanwhile. Write to a `storage`
   * with `fence: lease.token` what a holder who was stopped must not overwrite. Not inside a session; on
   * SQLite, sessions longer than `ttl` keep it from being renewed.
   *
   * @throws `ERR_PERSIST_TIMEOUT` when somebody else held it all the time, `ERR_PERSIST_LOCK_LOST` when it was
   * lost before `work` had ended, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_INVALID_OPTION`, `ERR_PERSIST_SESSION`
   * inside a session, what `work` throws.
   */
  async withLease<T>(
    name: string,
    work: (lease: Lease) => Promise<T> | T,
    options?: LeaseOptions,
  ): Promise<T> {
    this.#assertOpen("withLease")
    assertFunction(work, "withLease", 'withLease("name", async (lease) => { … })')
    return this.#leases.hold(name, work, options)
  }

  /**
   * Applies the migrations that are pending, in the order of their names, or goes up or down to `to`.
   * One migrator works at a time, across processes; each migration is a transaction (not on MySQL,
   * which has none for schemas: a failure there tells what stays).
   *
   * @throws `ERR_PERSIST_MIGRATION` with the failure as cause, `ERR_PERSIST_NEWER` when a newer program
   * has migrated the database, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_TIMEOUT` when another migrator takes longer than `timeout`.
   */
  async migrate(
    migrations: Migrations<Schema>,
    options?: MigrateOptions,
  ): Promise<MigrationReport> {
    this.#assertOpen("migrate")
    return this.#migrations.migrate(migrations, options)
  }

  /** Which migrations are applied, pending, edited since, or unknown here. */
  async migrationStatus(migrations: Migrations<Schema>): Promise<MigrationStatus[]> {
    this.#assertOpen("migrationStatus")
    return this.#migrations.status(migrations)
  }

  /**
   * Copies the database to a file while everybody goes on (SQLite). The file appears when it is
   * whole and on the disk.
   *
   * @throws `ERR_PERSIST_IO`, `ERR_PERSIST_BUSY`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_UNSUPPORTED`
   */
  async backup(path: string, options?: BackupOptions): Promise<void> {
    this.#assertOpen("backup")
    await this.#operations.backup(path, options)
  }

  /**
   * Makes the database what a backup was (SQLite); waits for the running session.
   *
   * @throws `ERR_PERSIST_CORRUPT` for a backup that is damaged, `ERR_PERSIST_BUSY`, `ERR_PERSIST_ABORTED`; nothing has
   * changed then.
   */
  async restore(path: string, options?: RestoreOptions): Promise<void> {
    this.#assertOpen("restore")
    await this.#operations.restore(path, options)
  }

  /** What is wrong with the database file and its foreign keys (SQLite); empty when all is well. */
  async checkIntegrity(): Promise<string[]> {
    this.#assertOpen("checkIntegrity")
    return this.#operations.checkIntegrity()
  }

  /** Refreshes what the query planner knows; on SQLite also empties the write-ahead log. */
  async optimize(): Promise<void> {
    this.#assertOpen("optimize")
    await this.#operations.optimize()
  }

  /** Gives unused space back. */
  async vacuum(): Promise<void> {
    this.#assertOpen("vacuum")
    await this.#operations.vacuum()
  }

  /** How many connections are open, used and waited for, and who holds them. */
  statistics(): PoolStatistics {
    return this.#engine.statistics()
  }

  /** Runs `work` as if outside of the session around it, such as a log entry that must stay. */
  outside<T>(work: () => T): T {
    return this.#sessions.outside(work)
  }

  /** Rolls unfinished sessions back, telling `logger`; waits for storages. @throws `ERR_PERSIST_SESSION` in an update's change. */
  async close(): Promise<void> {
    this.#storages.changes.assertOutside("close")
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    // What storages do needs the database still, and sessions in its way to end first.
    const storages = this.#storages.close()
    for (const session of await this.#sessions.endAll()) {
      this.#settings.logger?.warn?.(`Closing ${this.#engine.location} rolled back ${session}.`)
    }
    await storages
    await this.#engine.close()
  }

  #assertOpen(operation: string): void {
    if (this.#closing !== undefined) throw closedCall(operation)
  }
}
