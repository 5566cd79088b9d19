import type { AsyncLocalStorage } from "node:async_hooks"
import { PersistError } from "@persist/atomic"
import type { UpdateRequest } from "./primitives.ts"

interface Change {
  readonly owner: object
  readonly key: string
  readonly parent: Change | undefined
  isRunning: boolean
}

// Before, following calls through promises slows down every promise of the program.
const followsCheaply = Number.parseInt(process.versions.node, 10) >= 24

/**
 * The changes of storages' updates around the code that runs now: what waits for an update must not
 * be called inside its change. Without `follows`, none is noted and nothing is refused.
 */
export class RunningChanges {
  readonly #follows: boolean
  #ambient: AsyncLocalStorage<Change> | undefined

  /** `follows`: where following calls is cheap, from Node 24 on, if the program does not follow them anyway. */
  constructor(follows: boolean = followsCheaply) {
    this.#follows = follows
  }

  /** The request of `owner` to update `key`, its change noted while it runs. */
  noted(owner: object, key: string, request: UpdateRequest): UpdateRequest {
    if (!this.#follows) return request
    this.#ambient ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)()
    const ambient = this.#ambient
    const next: UpdateRequest["next"] = async (current) => {
      const parent = running(ambient.getStore())
      const change: Change = { owner, key, parent, isRunning: true }
      try {
        return await ambient.run(change, request.next, current)
      } finally {
        change.isRunning = false
      }
    }
    return { ...request, next }
  }

  /** @throws `ERR_PERSIST_SESSION` in a change, of `owner` if that is given: `operation` waits for it and would never end. */
  assertOutside(operation: string, owner?: object): void {
    let change = running(this.#ambient?.getStore())
    while (change !== undefined && owner !== undefined && change.owner !== owner) {
      change = running(change.parent)
    }
    if (change === undefined) return
    throw new PersistError(
      "ERR_PERSIST_SESSION",
      `${operation} was called inside the change of "${change.key}" that an update runs, and waits for that update, so neither would ever end; nothing was done. Call it after the update.`,
      { key: change.key },
    )
  }
}

/** The innermost one that has not ended: what a change began may outlive it. */
function running(change: Change | undefined): Change | undefined {
  let found = change
  while (found !== undefined && !found.isRunning) found = found.parent
  return found
}
