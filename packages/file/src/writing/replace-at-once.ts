import { stageFileSync } from "@persist/atomic"
import { atOnce } from "@persist/atomic/waiting"
import type { Entry, WriteRequest } from "@persist/core"
import { prepareCommit } from "./commit.ts"
import type { FileContext } from "./context.ts"
import { entryAfter, placeFor } from "./replace.ts"
import { stillHeld } from "./still-held.ts"

const claim = (): boolean => true

/**
 * `replace` before this returns, where nothing would have to be waited for but a fast disk; a promise where the folder is
 * still to be synced. Call it while no other change of the storage is under way.
 *
 * @returns Undefined where it is not so: nothing has happened.
 */
export function replaceAtOnce(
  context: FileContext,
  key: string,
  bytes: Uint8Array,
  request: WriteRequest,
): Entry | Promise<Entry> | undefined {
  const { version, backup, signal } = request
  // Who can abort may do so after the call.
  if (version !== undefined || backup !== undefined || signal !== undefined) return undefined
  const { fileSystem, durability, locks, longKeys, mounts } = context
  if (!locks.areQuick) return undefined
  return atOnce(fileSystem, bytes.length, durability !== "none", () => {
    if (!longKeys.isKept(key)) return undefined
    const path = placeFor(context, key, request.format)
    if (mounts.isElsewhere(path)) return undefined
    const staged = stageFileSync(path, bytes, context.stagingHere)
    try {
      const committed = locks.commitAtOnce(key, (lock) => {
        const check = stillHeld(lock)
        const prepared = prepareCommit(context, { key, staged, version, request, claim }, check)
        if (prepared.replaced.length > 0 || !staged.tryRename(check)) return undefined
        return prepared
      })
      if (committed === undefined) {
        staged.discard()
        return undefined
      }
      context.watches.saved(key, staged.path, committed.facts, bytes)
      const entry = entryAfter(key, staged.path, request, committed)
      return durability === "full" ? staged.settle().then(() => entry) : entry
    } catch (error) {
      staged.discard()
      // The fencing mark may lie on another disk than the root.
      if (mounts.learn(error)) return undefined
      throw error
    }
  })
}
