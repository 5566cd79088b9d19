import { PersistError } from "@persist/atomic"
import { nextTurn } from "@persist/atomic/waiting"
import type { Entry, StoredValue, UpdateRequest } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import type { FileContext } from "./context.ts"
import type { BriefLock } from "./owner-record.ts"
import { replace } from "./replace.ts"
import { enterUpdate, gotFurther } from "./update-gate.ts"

// An update that met a plain save this often keeps saves out until it is done.
const patience = 3

/**
 * Read, change, write as one step. Updates of a key wait for each other; a plain save in between
 * makes the change run again on what it saved, so that neither is lost.
 */
export async function update(
  context: FileContext,
  key: string,
  request: UpdateRequest,
  read: () => Promise<StoredValue | undefined>,
): Promise<Entry> {
  const { signal } = request
  const deadline = performance.now() + request.timeout
  const limits = () => ({ timeout: Math.max(0, deadline - performance.now()), signal })
  const leave = await enterUpdate(`${context.layout.root}/${key}`, limits(), key)
  let updateLock: BriefLock
  try {
    updateLock = await context.locks.update(key, limits())
  } catch (error) {
    leave()
    throw error
  }
  let isInside = true
  const giveBack = () => {
    if (!isInside) return
    isInside = false
    updateLock.release()
    leave()
  }
  const attempt = async (lock?: BriefLock) => {
    throwIfAborted(signal, `Updating "${key}"`)
    gotFurther()
    const current = await read()
    gotFurther()
    const next = await request.next(current)
    gotFurther()
    updateLock.assertHeld()
    const ifRevision = current?.entry.revision ?? null
    return await replace(context, key, {
      content: next.bytes,
      request: { ...next.request, ifRevision },
      claim: () => true,
      lock,
      // The next update may read what is not durable yet: its own folder sync covers this one's.
      whenCommitted: giveBack,
    })
  }
  try {
    for (let conflicts = 0; ; conflicts++) {
      try {
        if (conflicts < patience) return await attempt()
        return await context.locks.commit(key, limits(), attempt)
      } catch (error) {
        if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
        if (performance.now() >= deadline) throw timeoutError(key, request.timeout, error)
      }
      // Lets a writer of this process get on.
      await nextTurn()
    }
  } finally {
    giveBack()
  }
}

function timeoutError(key: string, timeout: number, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `Updating "${key}" met another writer at every attempt for ${timeout} ms; try again or raise "timeout".`,
    { cause, key },
  )
}
