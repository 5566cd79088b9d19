import type { SqliteEngine } from "../engines/sqlite/sqlite-engine.ts"
import { isBusy } from "../engines/sqlite/sqlite-fault.ts"
import { type Plan, type PlanRow, transactNow } from "./plan.ts"

/**
 * Carries a plan out in a transaction that nobody sees half done: a program that ends in that turn, or saves without
 * waiting, finds the writer free.
 *
 * @returns Undefined, and nothing was done, where somebody else has the writer or SQLite's lock: then it takes waiting.
 */
export function changeAtOnce<T>(
  engine: SqliteEngine,
  plan: () => Plan<T>,
): { readonly result: T } | undefined {
  let takesWaiting = true
  try {
    return engine.lendNow((writer) => {
      const run = (sql: string, values: readonly unknown[]) => {
        takesWaiting = false
        try {
          return writer.runNow<PlanRow>(sql, values)
        } catch (error) {
          takesWaiting = isBusy(error)
          throw writer.failure(error, sql)
        }
      }
      const undo = () => writer.rollbackNow()
      return {
        result: transactNow(plan, run, { begin: "begin immediate", commit: "commit", undo }),
      }
    })
  } catch (error) {
    if (takesWaiting) return undefined
    throw error
  }
}
