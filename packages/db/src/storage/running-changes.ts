import { AsyncLocalStorage } from "node:async_hooks"
import type { UpdateRequest } from "@persist/core"
import { closedInChange } from "../errors/session-error.ts"

interface Change {
  readonly owner: object
  readonly key: string
  readonly parent: Change | undefined
  isRunning: boolean
}

/** The changes of `update` around the code that runs now: what waits for them must not be waited for in them. */
export class RunningChanges {
  readonly #ambient = new AsyncLocalStorage<Change>()

  /** The request to update `key` of `owner`, its change noted while it runs. */
  noted(owner: object, key: string, request: UpdateRequest): UpdateRequest {
    const next: UpdateRequest["next"] = async (current) => {
      const parent = running(this.#ambient.getStore())
      const change: Change = { owner, key, parent, isRunning: true }
      try {
        return await this.#ambient.run(change, () => request.next(current))
      } finally {
        change.isRunning = false
      }
    }
    return { ...request, next }
  }

  /** @throws `ERR_PERSIST_SESSION` in a change, of `owner` if that is given: a `close` that waits for it would never end. */
  assertOutside(owner?: object): void {
    let change = running(this.#ambient.getStore())
    while (change !== undefined && owner !== undefined && change.owner !== owner) {
      change = running(change.parent)
    }
    if (change !== undefined) throw closedInChange(change.key)
  }
}

/** The innermost one that has not ended: what a change began may outlive it. */
function running(change: Change | undefined): Change | undefined {
  let found = change
  while (found !== undefined && !found.isRunning) found = found.parent
  return found
}
