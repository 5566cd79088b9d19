import { othersTurn } from "@persist/core/options"
import type { QueryResult } from "kysely"
import type { Engine, Subscription } from "../engines/engine.ts"
import { SqliteEngine } from "../engines/sqlite/sqlite-engine.ts"
import { withoutRace } from "../errors/creation-race.ts"
import type { Hold } from "../session/hold.ts"
import { readSessionOptions, type SessionSettings } from "../session/session-options.ts"
import type { Sessions } from "../session/sessions.ts"
import { tracesSessions, tracesStatements } from "../session/tracing.ts"
import { changeAtOnce } from "./change-at-once.ts"
import { type Plan, type PlanRow, runPlan, runPlanNow, type Step, transactNow } from "./plan.ts"
import type { Creation, StoreAccess, StoreAccessNow } from "./store-access.ts"
import { channelOf, type StoreDialect, storeDialect } from "./store-dialect.ts"

export interface DatabaseAccessOptions {
  /** Whether the closing of the database waits for what goes on here, instead of refusing it. */
  readonly isAwaited: boolean
}

/** Tables of a database as a `TableStorage` reaches them. */
export class DatabaseAccess implements StoreAccess {
  readonly dialect: StoreDialect
  readonly isPersistent: boolean
  readonly now?: StoreAccessNow
  readonly subscribe?: (table: string, wake: () => void) => Promise<Subscription>
  readonly #engine: Engine
  readonly #sessions: Sessions
  readonly #settings: SessionSettings
  /** Sessions in which the tables were seen. */
  readonly #madeIn = new WeakSet<Hold>()

  constructor(engine: Engine, sessions: Sessions, { isAwaited }: DatabaseAccessOptions) {
    this.#engine = engine
    this.#sessions = sessions
    this.dialect = storeDialect(engine.name)
    this.isPersistent = engine.isPersistent
    const settings = readSessionOptions({ name: "a change of a storage", retries: 50 })
    this.#settings = { ...settings, retriesBusy: false, isAwaited }
    if (engine.listen !== undefined) {
      this.subscribe = (table, wake) =>
        sessions.outside(() => engine.listen!(channelOf(table), wake))
    }
    if (engine instanceof SqliteEngine) this.now = sqliteNow(engine, sessions)
  }

  get isInSession(): boolean {
    return this.#sessions.current !== undefined
  }

  run<T>(plan: Plan<T>): Promise<T> {
    return runPlan(plan, this)
  }

  observe<T>(plan: Plan<T>): Promise<T> {
    return this.#sessions.outside(() => runPlan(plan, this))
  }

  execute(sql: string, values: readonly unknown[]): Promise<QueryResult<PlanRow>> {
    const sessions = this.#sessions
    if (!this.#settings.isAwaited) return sessions.run(sql, values)
    return sessions.runIn(sessions.current, sql, values, undefined)
  }

  async transact<T>(plan: () => Plan<T>): Promise<T> {
    const changed = this.#changedAtOnce(plan)
    if (changed === undefined) return this.together(() => runPlan(plan(), this))
    await othersTurn()
    return changed.result
  }

  together<T>(work: () => Promise<T>): Promise<T> {
    return this.#sessions.session(work, this.#settings)
  }

  async create(creation: Creation): Promise<boolean> {
    const hold = this.#sessions.current
    // MySQL commits at every change of a schema, so that must not touch the session around.
    if (hold === undefined || this.#engine.name === "mysql") {
      await this.#sessions.outside(() => this.#makeMissing(creation))
      return true
    }
    // What is made in a session goes with it when it is rolled back, so each one makes sure once.
    if (!this.#isMadeIn(hold)) {
      await this.#makeMissing(creation)
      this.#madeIn.add(hold)
    }
    return false
  }

  changeMark(): string | undefined {
    return this.#engine instanceof SqliteEngine ? this.#engine.changeMark() : undefined
  }

  #changedAtOnce<T>(plan: () => Plan<T>): { readonly result: T } | undefined {
    const engine = this.#engine
    if (!(engine instanceof SqliteEngine) || this.isInSession || this.#sessions.isClosed) return
    // Who traces hears of the session and of each of its statements.
    if (tracesSessions() || tracesStatements()) return
    return changeAtOnce(engine, plan)
  }

  #isMadeIn(innermost: Hold): boolean {
    for (let hold: Hold | undefined = innermost; hold !== undefined; hold = hold.parent) {
      if (this.#madeIn.has(hold)) return true
    }
    return false
  }

  async #makeMissing({ statements, look, lock }: Creation): Promise<void> {
    if (await this.#isThere(look)) return
    const make = async () => {
      if (lock !== undefined) {
        await this.execute(lock, [])
        // By now somebody else may have made them.
        if (await this.#isThere(look)) return
      }
      for (const sql of statements) await this.execute(sql, [])
    }
    // In a session a savepoint: PostgreSQL goes on after somebody else has made the same at that moment.
    const isOne = lock !== undefined || (look !== undefined && this.isInSession)
    await withoutRace(isOne ? () => this.#sessions.session(make, this.#settings) : make)
  }

  async #isThere(look: Step | undefined): Promise<boolean> {
    if (look === undefined) return false
    const { rows } = await this.execute(look.sql, look.values)
    return Boolean(rows[0]?.there)
  }
}

type RunNow = (sql: string, values: readonly unknown[]) => QueryResult<PlanRow>

const release = "release savepoint persist_now"

function sqliteNow(engine: SqliteEngine, sessions: Sessions): StoreAccessNow {
  const lend = <T>(work: (run: RunNow) => T): T => {
    const hold = sessions.current
    if (hold !== undefined) return work((sql, values) => hold.runNow<PlanRow>(sql, values))
    return engine.lendNow((writer) => work((sql, values) => writer.runOrFail<PlanRow>(sql, values)))
  }
  // What reads first must hold the write lock from its beginning: who wrote in between would be an error.
  const transact = <T>(plan: () => Plan<T>): T =>
    lend((run) => {
      const isNested = sessions.current !== undefined
      const undo = isNested ? ["rollback to savepoint persist_now", release] : ["rollback"]
      return transactNow(plan, run, {
        begin: isNested ? "savepoint persist_now" : "begin immediate",
        commit: isNested ? release : "commit",
        undo: () => {
          for (const sql of undo) run(sql, [])
        },
      })
    })
  return {
    run: (plan) => {
      const hold = sessions.current
      return runPlanNow(plan, (sql, values) =>
        hold === undefined
          ? engine.runNow<PlanRow>(sql, values)
          : hold.runNow<PlanRow>(sql, values),
      )
    },
    transact,
    create: ({ statements, look }) => {
      lend((run) => {
        if (look !== undefined && run(look.sql, look.values).rows[0]?.there) return
        for (const sql of statements) run(sql, [])
      })
      return sessions.current === undefined
    },
  }
}
