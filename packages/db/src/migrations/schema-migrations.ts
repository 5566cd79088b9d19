import { AsyncLocalStorage } from "node:async_hooks"
import { PersistError } from "@persist/core"
import type { Engine } from "../engines/engine.ts"
import type { Sessions } from "../session/sessions.ts"
import type { StatementText } from "../sql/execute-sql.ts"
import { databaseTarget } from "./database-target.ts"
import {
  type MigrateOptions,
  type MigrationReport,
  type MigrationStatus,
  type Migrations,
  type NamedMigration,
  readMigrateOptions,
  readMigrations,
} from "./migration.ts"
import { Migrator } from "./migrator.ts"

/** The migrations of one database. */
export class SchemaMigrations<Schema> {
  readonly #engine: Engine
  readonly #sessions: Sessions
  readonly #text: StatementText
  readonly #timeout: number | undefined
  /** Whether the code that runs now is a migration's. */
  readonly #running = new AsyncLocalStorage<true>()

  /** @param timeout Milliseconds that a statement may take. */
  constructor(
    engine: Engine,
    sessions: Sessions,
    text: StatementText,
    timeout: number | undefined,
  ) {
    this.#engine = engine
    this.#sessions = sessions
    this.#text = text
    this.#timeout = timeout
  }

  async migrate(
    migrations: Migrations<Schema>,
    options: MigrateOptions | undefined,
  ): Promise<MigrationReport> {
    const named = readMigrations(migrations)
    const { to, plan, signal } = readMigrateOptions(options, named)
    const migrator = this.#migrator(named)
    if (plan) return migrator.plan(to)
    if (this.#running.getStore()) throw insideMigration()
    // MySQL commits at every change of a schema, so that must not touch the session around.
    const isOutside = this.#engine.name === "mysql"
    const run = () => this.#running.run(true, () => migrator.run(to, signal))
    return isOutside ? this.#sessions.outside(run) : run()
  }

  async status(migrations: Migrations<Schema>): Promise<MigrationStatus[]> {
    return this.#migrator(readMigrations(migrations)).status()
  }

  #migrator(migrations: readonly NamedMigration<Schema>[]): Migrator<Schema> {
    const target = databaseTarget<Schema>(this.#engine, this.#sessions, this.#text, this.#timeout)
    return new Migrator(target, migrations)
  }
}

function insideMigration(): PersistError {
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    "migrate was called inside a migration, for whose end it would wait; put all migrations of a database into one record.",
  )
}
