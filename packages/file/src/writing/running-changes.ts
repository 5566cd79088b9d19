import type { AsyncLocalStorage } from "node:async_hooks"
import { PersistError, type UpdateRequest } from "@persist/core"

interface Change {
  readonly key: string
  readonly parent: Change | undefined
  isRunning: boolean
}

// Before, following calls through promises slowed down every promise of the program.
const canFollow = Number.parseInt(process.versions.node, 10) >= 24

/** The changes of a storage's updates around the code that runs now: what waits for them must not be waited for in them. */
export class RunningChanges {
  #ambient: AsyncLocalStorage<Change> | undefined

  /** The request to update `key`, its change noted while it runs. */
  noted(key: string, request: UpdateRequest): UpdateRequest {
    if (!canFollow) return request
    this.#ambient ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)()
    const ambient = this.#ambient
    const next: UpdateRequest["next"] = async (current) => {
      const change: Change = { key, parent: running(ambient.getStore()), isRunning: true }
      try {
        return await ambient.run(change, request.next, current)
      } finally {
        change.isRunning = false
      }
    }
    return { ...request, next }
  }

  /** @throws `ERR_PERSIST_SESSION` in a change, where Node can tell: `operation` waits for it and would never end. */
  assertOutside(operation: string): void {
    const change = running(this.#ambient?.getStore())
    if (change === undefined) return
    throw new PersistError(
      "ERR_PERSIST_SESSION",
      `${operation} was called inside the change of "${change.key}" that an update runs, and waits for that update, so neither would ever end. Call it after the update.`,
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
