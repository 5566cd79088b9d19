import { isPromise } from "node:util/types"

/**
 * What a caller's hook answered.
 *
 * @throws TypeError for a promise, which would come when all is read or written; that it fails is then nobody's affair.
 */
export function synchronous<T>(answer: T): T {
  if (!isPromise(answer)) return answer
  answer.catch(() => undefined)
  throw new TypeError("it is asynchronous, which reading and writing are not")
}
