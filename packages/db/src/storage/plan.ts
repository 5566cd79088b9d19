import type { QueryResult } from "kysely"

/** One statement of a plan. */
export interface Step {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** A row as the statements here return it. */
export type PlanRow = Readonly<Record<string, unknown>>

/**
 * Statements that depend on each other's results, written once for callers that wait and for those
 * that cannot.
 */
export type Plan<T> = Generator<Step, T, QueryResult<PlanRow>>

/** What runs the statements of a plan. */
export interface PlanRunner {
  execute(sql: string, values: readonly unknown[]): Promise<QueryResult<PlanRow>>
}

/** Carries a plan out. */
export async function runPlan<T>(plan: Plan<T>, runner: PlanRunner): Promise<T> {
  let next = plan.next()
  while (!next.done) {
    const { sql, values } = next.value
    next = await runner.execute(sql, values).then(
      (result) => plan.next(result),
      (error: unknown) => plan.throw(error),
    )
  }
  return next.value
}

/** Carries a plan out without waiting. */
export function runPlanNow<T>(
  plan: Plan<T>,
  run: (sql: string, values: readonly unknown[]) => QueryResult<PlanRow>,
): T {
  let next = plan.next()
  while (!next.done) {
    const { sql, values } = next.value
    let result: QueryResult<PlanRow>
    try {
      result = run(sql, values)
    } catch (error) {
      next = plan.throw(error)
      continue
    }
    next = plan.next(result)
  }
  return next.value
}

/** Carries a plan out between two statements, without waiting, or undoes what it did. */
export function transactNow<T>(
  plan: () => Plan<T>,
  run: (sql: string, values: readonly unknown[]) => QueryResult<PlanRow>,
  { begin, commit, undo }: { begin: string; commit: string; undo: () => void },
): T {
  run(begin, [])
  try {
    const result = runPlanNow(plan(), run)
    run(commit, [])
    return result
  } catch (error) {
    // Never hides the error that led here: SQLite may have rolled back itself.
    try {
      undo()
    } catch {}
    throw error
  }
}
