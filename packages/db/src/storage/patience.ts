import { PersistError, type PersistErrorCode } from "@persist/core"

/** What passes when the server is back, however long that takes. */
const away: readonly (PersistErrorCode | undefined)[] = [
  "ERR_PERSIST_CONNECTION",
  "ERR_PERSIST_INDETERMINATE",
]
/** What passes when there is less to do, unless it comes every time. */
const busy: readonly (PersistErrorCode | undefined)[] = [
  "ERR_PERSIST_TIMEOUT",
  "ERR_PERSIST_BUSY",
  "ERR_PERSIST_SERIALIZATION",
]
const mostBusy = 20

/** Repeats of a look that fails for a reason that passes; what does not pass is thrown. */
export class Patience {
  #busy = 0
  #hasSucceeded = false

  /** What `look` comes to, or `undefined` where it has failed and may be tried again. */
  async of<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await look()
      this.#busy = 0
      this.#hasSucceeded = true
      return result
    } catch (error) {
      if (!this.#passes(error)) throw error
      return undefined
    }
  }

  #passes(error: unknown): boolean {
    if (!PersistError.is(error)) return false
    if (away.includes(error.code)) return this.#hasSucceeded || !isRefusal(error)
    return busy.includes(error.code) && ++this.#busy < mostBusy
  }
}

/** A wrong password, say: who has never been let in learns of it. */
function isRefusal({ details }: PersistError): boolean {
  return (details as { isLasting?: unknown } | undefined)?.isLasting === true
}
