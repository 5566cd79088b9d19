import type { PersistError } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import { reasonOf } from "@persist/core/values"
import type { EngineName } from "../engines/engine.ts"
import { excerpt } from "../errors/database-error.ts"
import type { Session } from "../session/session.ts"
import type { StatementRunner } from "../session/statement-runner.ts"
import { AppliedList } from "./applied-list.ts"
import { withoutForeignKeys } from "./foreign-keys.ts"
import {
  type MigrationReport,
  type MigrationStatus,
  migrationError,
  type NamedMigration,
} from "./migration.ts"
import { tryLock, unlock, whenFree } from "./migration-lock.ts"
import { migrationStates, type NextStep, nextStep } from "./migration-plan.ts"
import { withCleanup } from "./with-cleanup.ts"

/** What migrating needs of a database. */
export interface MigrationTarget<Schema> {
  readonly engine: EngineName
  /** Runs statements in the session around, or on their own. */
  readonly runner: StatementRunner
  /** Milliseconds that a statement may take, and so another migrator be waited for. */
  readonly timeout: number | undefined
  /** Runs `work` in a transaction. */
  transact<T>(work: (session: Session<Schema>) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Runs `work` on one connection without a transaction; the signal ends only the wait for that. */
  hold<T>(
    work: (session: Session<Schema>, executed: readonly string[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
}

/** Brings a database to a version of its schema, one migrator at a time. */
export class Migrator<Schema> {
  readonly #target: MigrationTarget<Schema>
  readonly #migrations: readonly NamedMigration<Schema>[]
  readonly #list: AppliedList

  constructor(target: MigrationTarget<Schema>, migrations: readonly NamedMigration<Schema>[]) {
    this.#target = target
    this.#migrations = migrations
    this.#list = new AppliedList(target.engine, target.runner)
  }

  async status(): Promise<MigrationStatus[]> {
    return migrationStates(this.#migrations, await this.#list.read())
  }

  /** What `run` would do. */
  async plan(to: string | null): Promise<MigrationReport> {
    let applied = await this.#list.read()
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

  async run(to: string | null, signal: AbortSignal | undefined): Promise<MigrationReport> {
    const report = { applied: [] as string[], reverted: [] as string[] }
    // Nothing is written where nothing is to be done: the server may only let read.
    if (nextStep(this.#migrations, await this.#list.read(), to) === undefined) return report
    await this.#list.create()
    for (;;) {
      throwIfAborted(signal, "Migrating")
      const step = nextStep(this.#migrations, await this.#list.read(), to)
      if (step === undefined) return report
      if (!(await this.#attempt(step, to, signal))) continue
      const list = step.direction === "up" ? report.applied : report.reverted
      list.push(step.migration.name)
    }
  }

  /** @returns False when another migrator was faster, and nothing was done. */
  async #attempt(
    step: NextStep<Schema>,
    to: string | null,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { runner, engine, timeout } = this.#target
    const { transaction, foreignKeys, name } = step.migration
    const carryOut = (session: Session<Schema>, executed: readonly string[] = []) =>
      this.#carryOut(session, step, to, executed)
    if (engine === "sqlite" && !foreignKeys) {
      return withoutForeignKeys(this.#target, name, carryOut, signal)
    }
    if (engine !== "mysql" && transaction) {
      const work = async (session: Session<Schema>) =>
        (await tryLock(engine, runner, "transaction")) ? carryOut(session) : undefined
      return whenFree(() => this.#target.transact(work, signal), { timeout, signal })
    }
    return this.#target.hold(async (session, executed) => {
      const lock = async () => (await tryLock(engine, runner, "unlock")) || undefined
      await whenFree(lock, { timeout, signal })
      return withCleanup(
        () => carryOut(session, executed),
        () => unlock(engine, runner),
      )
    }, signal)
  }

  async #carryOut(
    session: Session<Schema>,
    step: NextStep<Schema>,
    to: string | null,
    executed: readonly string[],
  ): Promise<boolean> {
    const { migration, direction } = step
    // Another migrator may have done it meanwhile, and the next one may want no transaction, or no foreign keys.
    const due = nextStep(this.#migrations, await this.#list.read(), to)
    if (due?.migration !== migration || due.direction !== direction) return false
    const before = executed.length
    try {
      const work = migration[direction]!
      if (typeof work === "string") await session.executeSql(work)
      else await work(session)
    } catch (cause) {
      throw failed(step, cause, executed.slice(before))
    }
    await this.#record(step)
    return true
  }

  #record({ migration: { name, checksum }, direction }: NextStep<Schema>): Promise<void> {
    return direction === "down" ? this.#list.remove(name) : this.#list.add(name, checksum)
  }
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
