import type { SqliteEngine } from "../engines/sqlite/sqlite-engine.ts"
import { isBusy } from "../engines/sqlite/sqlite-fault.ts"
import { type Plan, type PlanRow, runPlanNow } from "./plan.ts"

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
      run("begin immediate", [])
      try {
        const result = runPlanNow(plan(), run)
        run("commit", [])
        return { result }
      } catch (error) {
        // Never hides the error that led here: SQLite may have rolled back itself.
        try {
          writer.rollbackNow()
        } catch {}
        throw error
      }
    })
  } catch (error) {
    if (takesWaiting) return undefined
    throw error
  }
}
