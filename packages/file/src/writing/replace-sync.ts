import { dirname, join } from "node:path"
import { type StagedFile, stageFileSync, syncFolderSync } from "@persist/atomic"
import { awaitRenames } from "@persist/atomic/waiting"
import type { Entry, WriteRequest } from "@persist/core"
import { retain } from "../history/retain.ts"
import { type Committed, prepareCommit, undoRecords } from "./commit.ts"
import type { FileContext } from "./context.ts"
import { settledSync } from "./indeterminate.ts"
import { removeReplacedSync } from "./remove.ts"
import { entryAfter, placeFor } from "./replace.ts"
import { stageOptions } from "./stage-options.ts"
import { stillHeld } from "./still-held.ts"
import { determinate } from "./write-before.ts"

/** `replace` for programs that cannot wait. */
export function replaceSync(
  context: FileContext,
  key: string,
  bytes: Uint8Array,
  request: WriteRequest,
): Entry {
  const { history, locks, longKeys } = context
  const place = placeFor(context, key, request.format)
  longKeys.keepSync(key)
  const staged = stageFileSync(place, bytes, stageOptions(context, place))
  let version: StagedFile | undefined
  try {
    if (request.version !== undefined) {
      const path = join(history.folder("version", key), request.version + request.format)
      version = stageFileSync(path, bytes, stageOptions(context, path))
    }
    const committed = locks.commitSync(key, (lock) => {
      const check = stillHeld(lock)
      awaitRenames(context.fileSystem, staged.path)
      const replacement = { key, staged, version, request, claim: () => true }
      const prepared = prepareCommit(context, replacement, check)
      try {
        if (version) recordSync(version)
        staged.renameSync({ check })
      } catch (error) {
        undoRecords(context, [prepared.backup, version], error)
        throw error
      }
      return prepared
    })
    context.watches.saved(key, staged.path, committed.facts, bytes)
    // It has taken effect: what was recorded with it stays, though the folder may not be synced.
    if (context.durability === "full") settleSync(context, key, staged, committed)
    removeReplacedSync(context, key, committed.replaced)
    retain(context, key, request)
    return entryAfter(key, staged.path, request, committed)
  } catch (error) {
    staged.discard()
    version?.discard()
    if (context.mounts.learn(error)) return replaceSync(context, key, bytes, request)
    throw error
  }
}

function settleSync(
  { fileSystem }: FileContext,
  key: string,
  staged: StagedFile,
  { backup }: Committed,
): void {
  settledSync(key, () => {
    staged.settleSync()
    if (backup !== undefined) syncFolderSync(dirname(backup.path), { fileSystem })
  })
}

function recordSync(version: StagedFile): void {
  try {
    version.commitSync()
  } catch (error) {
    throw determinate(error)
  }
}
