import { PersistError } from "@persist/core"
import { reasonOf } from "@persist/core/values"
import type { EngineName } from "../engines/engine.ts"
import { withoutRace } from "../errors/creation-race.ts"
import { excerpt } from "../errors/database-error.ts"
import type { Session } from "../session/session.ts"
import type { StatementRunner } from "../session/statement-runner.ts"
import { withoutForeignKeys } from "./foreign-keys.ts"
import {
  type MigrationReport,
  type MigrationStatus,
  migrationError,
  type NamedMigration,
} from "./migration.ts"
import {
  type AppliedMigration,
  migrationStates,
  type NextStep,
  nextStep,
} from "./migration-plan.ts"
import { withCleanup } from "./with-cleanup.ts"

/** What migrating needs of a database. */
export interface MigrationTarget<Schema> {
  readonly engine: EngineName
  /** Runs statements in the session around, or on their own. */
  readonly runner: StatementRunner
  /** Runs `work` in a transaction. */
  transact<T>(work: (session: Session<Schema>) => Promise<T>): Promise<T>
  /** Runs `work` on one connection without a transaction. */
  hold<T>(work: (session: Session<Schema>, executed: readonly string[]) => Promise<T>): Promise<T>
}

const table = "persist_migrations"
// Locks of MySQL are the whole server's, and their names have at most 64 characters.
const lockName = "concat('persist_migrations ', sha1(database()))"
const lockNumber = "7308339910637985895"

/** Brings a database to a version of its schema, one migrator at a time. */
export class Migrator<Schema> {
  readonly #target: MigrationTarget<Schema>
  readonly #migrations: readonly NamedMigration<Schema>[]

  constructor(target: MigrationTarget<Schema>, migrations: readonly NamedMigration<Schema>[]) {
    this.#target = target
    this.#migrations = migrations
  }

  async status(): Promise<MigrationStatus[]> {
    return migrationStates(this.#migrations, await this.#applied())
  }

  /** What `run` would do. */
  async plan(to: string | null): Promise<MigrationReport> {
    let applied = await this.#applied()
    const report = { applied: [] as string[], reverted: [] as string[] }
    for (;;) {
      const step = nextStep(this.#migrations, applied, to)
      if (step === undefined) return report
      const { name, checksum } = step.migration
      if (step.direction === "up") {
        report.applied.push(name)
        applied = [...applied, { name, checksum, appliedAt: new Date(0) }]
      } else {
        report.reverted.push(name)
        applied = applied.filter((row) => row.name !== name)
      }
    }
  }

  async run(to: string | null): Promise<MigrationReport> {
    const report = { applied: [] as string[], reverted: [] as string[] }
    // Nothing is written where nothing is to be done: the server may only let read.
    if (nextStep(this.#migrations, await this.#applied(), to) === undefined) return report
    await this.#createTable()
    for (;;) {
      const step = await this.#step(to)
      if (step === undefined) return report
      const list = step.direction === "up" ? report.applied : report.reverted
      list.push(step.migration.name)
    }
  }

  // What is to be done is decided under the lock: another migrator may have done it meanwhile.
  async #step(to: string | null): Promise<NextStep<Schema> | undefined> {
    const expected = nextStep(this.#migrations, await this.#applied(), to)
    if (expected === undefined) return undefined
    const { engine } = this.#target
    if (engine === "sqlite" && !expected.migration.foreignKeys) {
      const work = (session: Session<Schema>) => this.#carryOut(session, to, [])
      return withoutForeignKeys(this.#target, expected.migration.name, work)
    }
    if (engine !== "mysql" && expected.migration.transaction) {
      return this.#target.transact(async (session) => {
        if (engine === "postgres") {
          await this.#target.runner.run(`select pg_advisory_xact_lock(${lockNumber})`, [])
        }
        return this.#carryOut(session, to, [])
      })
    }
    return this.#target.hold(async (session, executed) => {
      await this.#lock()
      return withCleanup(
        () => this.#carryOut(session, to, executed),
        () => this.#unlock(),
      )
    })
  }

  async #carryOut(
    session: Session<Schema>,
    to: string | null,
    executed: readonly string[],
  ): Promise<NextStep<Schema> | undefined> {
    const step = nextStep(this.#migrations, await this.#applied(), to)
    if (step === undefined) return undefined
    const { migration, direction } = step
    const before = executed.length
    try {
      const work = migration[direction]!
      if (typeof work === "string") await session.executeSql(work)
      else await work(session)
    } catch (cause) {
      throw failed(step, cause, executed.slice(before))
    }
    await this.#record(step)
    return step
  }

  async #record({ migration: { name, checksum }, direction }: NextStep<Schema>): Promise<void> {
    const { runner, engine } = this.#target
    const mark = (position: number) => (engine === "postgres" ? `$${position}` : "?")
    if (direction === "down") {
      await runner.run(`delete from ${table} where name = ${mark(1)}`, [name])
      return
    }
    await runner.run(
      `insert into ${table} (name, checksum, applied_at) values (${mark(1)}, ${mark(2)}, ${mark(3)})`,
      [name, checksum, Date.now()],
    )
  }

  async #applied(): Promise<AppliedMigration[]> {
    if (!(await this.#isTableThere())) return []
    const sql = `select name, checksum, applied_at from ${table}`
    type Row = { name: string; checksum: string; applied_at: number | bigint }
    const { rows } = await this.#target.runner.run<Row>(sql, []).catch((error: unknown) => {
      if (PersistError.is(error, "ERR_PERSIST_NO_TABLE")) return { rows: [] }
      throw error
    })
    return rows.map(({ name, checksum, applied_at }) => ({
      name,
      checksum,
      appliedAt: new Date(Number(applied_at)),
    }))
  }

  /** Asked where a select from a missing table would be the end of the session around. */
  async #isTableThere(): Promise<boolean> {
    const { engine, runner } = this.#target
    if (engine !== "postgres") return true
    const sql = `select to_regclass('${table}') is not null as there`
    return (await runner.run<{ there: boolean }>(sql, [])).rows[0]!.there
  }

  async #createTable(): Promise<void> {
    const isMysql = this.#target.engine === "mysql"
    const text = isMysql ? "varchar(190) character set utf8mb4 collate utf8mb4_bin" : "text"
    const hash = isMysql ? "varchar(200) character set ascii" : "varchar(200)"
    const sql = `create table if not exists ${table} (name ${text} not null primary key, checksum ${hash} not null, applied_at bigint not null)`
    await withoutRace(async () => {
      await this.#target.runner.run(sql, [])
    })
  }

  async #lock(): Promise<void> {
    const { engine, runner } = this.#target
    if (engine === "mysql") {
      const sql = `select get_lock(${lockName}, 86400) as held`
      // A server that was asked to end this answers without an error, and without the lock.
      const { rows } = await runner.run<{ held: number | bigint | null }>(sql, [])
      if (Number(rows[0]!.held) !== 1) throw notGiven()
    }
    if (engine === "postgres") await runner.run(`select pg_advisory_lock(${lockNumber})`, [])
  }

  async #unlock(): Promise<void> {
    const { engine, runner } = this.#target
    if (engine === "mysql") await runner.run(`select release_lock(${lockName})`, [])
    if (engine === "postgres") await runner.run(`select pg_advisory_unlock(${lockNumber})`, [])
  }
}

function notGiven(): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    'Another migrator is at work, and its end was not waited for, so nothing was done. Migrate again, or raise the option "timeout".',
  )
}

function failed<Schema>(
  { migration, direction }: NextStep<Schema>,
  cause: unknown,
  executed: readonly string[],
): PersistError {
  const { name } = migration
  const what = direction === "up" ? "failed" : "could not be undone"
  const left =
    executed.length === 0
      ? "nothing of it is left"
      : `it ran without a transaction, so these statements stay: ${executed.map(excerpt).join("; ")}`
  return migrationError(`Migration "${name}" ${what} (${left}): ${reasonOf(cause)}`, name, cause)
}
