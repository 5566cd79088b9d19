import type { QueryResult } from "kysely"
import type { Subscription } from "../engines/engine.ts"
import type { Plan, PlanRow, Step } from "./plan.ts"
import type { StoreDialect } from "./store-dialect.ts"

/** How tables are made. */
export interface Creation {
  /** Statements that do nothing for what is there. */
  readonly statements: readonly string[]
  /** Asks for a row whose `there` tells whether nothing is missing, where those statements are in the way of others. */
  readonly look?: Step | undefined
  /** Makes others who would make the same wait until the transaction ends; then all is made in one. */
  readonly lock?: string | undefined
}

/** What a `TableStorage` needs of its database. */
export interface StoreAccess {
  readonly dialect: StoreDialect
  /** Whether the database outlives the process. */
  readonly isPersistent: boolean
  /** Whether the code that runs now is in a session. */
  readonly isInSession: boolean
  run<T>(plan: Plan<T>): Promise<T>
  execute(sql: string, values: readonly unknown[]): Promise<QueryResult<PlanRow>>
  /** Carries a plan out in a session; anew, when the database asks for that. */
  transact<T>(plan: () => Plan<T>): Promise<T>
  /** Runs `work` in a session; in one around it, after those beside it. */
  together<T>(work: () => Promise<T>): Promise<T>
  /** Runs a plan outside of any session. */
  observe<T>(plan: Plan<T>): Promise<T>
  /** Makes the tables. @returns Whether they stay whatever becomes of the session around. */
  create(creation: Creation): Promise<boolean>
  /** Something that changes when anything in the database may have; `undefined`: always look. */
  changeMark(): string | undefined
  /** Calls `wake` after every commit that changed `table`, where the database can tell. */
  subscribe?(table: string, wake: () => void): Promise<Subscription>
  /** The same for callers that cannot wait; only where the engine is part of this process. */
  readonly now?: StoreAccessNow
}

export interface StoreAccessNow {
  run<T>(plan: Plan<T>): T
  transact<T>(plan: () => Plan<T>): T
  create(creation: Creation): boolean
}
