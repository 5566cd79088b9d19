import type { PickleState } from "./pickle-class.ts"
import { isMoreThanProperties } from "./problem.ts"

/** Whether a hook answered a state; of a Promise, a Map or a list, the properties would be all that is kept. */
export function isState(value: unknown): value is PickleState {
  return typeof value === "object" && value !== null && !isMoreThanProperties(value)
}
