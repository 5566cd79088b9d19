import { lstatSync, utimesSync } from "node:fs"
import { PersistError, type StagedFile } from "@persist/atomic"
import type { WriteRequest } from "@persist/core"
import { type Backup, keepBackup } from "../history/keep-backup.ts"
import type { Located } from "../reading/locate.ts"
import { coarsestTime, type FileFacts, revisionOf, uniqueTime } from "../reading/revision.ts"
import type { Claim } from "./change-queue.ts"
import { checkRevision } from "./conflict.ts"
import type { FileContext } from "./context.ts"

/** New content, staged, and what is to happen with it. */
export interface Replacement {
  readonly key: string
  readonly staged: StagedFile
  /** The immutable copy that is recorded with it. */
  readonly version: StagedFile | undefined
  readonly request: WriteRequest
  readonly claim: Claim
}

/** What a commit did. */
export interface Committed {
  readonly facts: FileFacts
  readonly backup: Backup | undefined
  /** Files of the key in other formats or under other names, to be removed when the new one is durable. */
  readonly replaced: readonly Located[]
}

// From September 2039 on, a number of milliseconds is good to half a microsecond only, and a time may come back otherwise.
const exactUntil = 2 ** 41 * 1000

// And the folders were looked at when the place for the new file was chosen.
const isLocked = true

/** Says that somebody else did what was to be done; nobody waits for it. */
export function takenError(key: string): PersistError {
  return new PersistError("ERR_PERSIST_CONFLICT", `"${key}" was saved by another way meanwhile.`, {
    key,
  })
}

/**
 * The last look before the rename: decides, keeps the backup, and gives the file its time.
 * Call it under the key's commit lock, with nothing between it and the renames.
 *
 * @param check Of the lock, as `stillHeld` makes it.
 * @throws `ERR_PERSIST_CONFLICT`, `ERR_PERSIST_FENCED`
 */
export function prepareCommit(
  context: FileContext,
  replacement: Replacement,
  check: () => void,
): Committed {
  const { key, staged, request, claim } = replacement
  const found = context.server.locateAll(key, isLocked, staged)
  const current = found[0]
  const { fence } = request
  const raise = fence === undefined ? undefined : context.fences.check(key, fence)
  checkRevision(key, current, request.ifRevision)
  if (!claim()) throw takenError(key)
  raise?.(check)
  const replaced = found.filter(({ path }) => path !== staged.path)
  const facts = stamp(context, staged, found)
  context.spent.hold(found)
  const backup = current && keepBackup(context, key, current, request)
  return { facts, backup, replaced }
}

// As long as several files of one key are there, the newest counts. The file that goes, perhaps another process's of the
// same millisecond, must be older too, or its revision could come again; but a clock that was wrong is not followed.
function stamp(context: FileContext, staged: StagedFile, found: readonly Located[]): FileFacts {
  let [newest, newestOther] = [0, 0]
  for (const { path, facts } of found) {
    const time = Math.ceil(facts.mtimeMs * 1000)
    newest = Math.max(newest, time)
    if (path !== staged.path) newestOther = Math.max(newestOther, time)
  }
  let microseconds = uniqueTime(context.clock(), newest)
  microseconds = Math.max(microseconds, newestOther + 1)
  // Half a microsecond more, so that cutting the rest off gives this number again: Node 22 does so
  // when it sets a time, and a time in milliseconds is itself only good to a quarter.
  const time = microseconds + 0.5
  utimesSync(staged.temporary, time / 1e6, time / 1e6)
  const { dev, ino, size } = staged.facts
  const facts = { mtimeMs: time / 1000, ino: Number(ino), size: Number(size) }
  if (microseconds < exactUntil && context.spent.isExact(Number(dev))) return facts
  // Some file systems round times.
  const seen = lstatSync(staged.temporary)
  if (revisionOf(seen) === revisionOf(facts)) context.spent.foundExact(seen.dev)
  if (seen.mtimeMs * 1000 > newestOther) return seen
  const later = newestOther / 1e6 + coarsestTime / 1e3
  utimesSync(staged.temporary, later, later)
  return lstatSync(staged.temporary)
}

/**
 * Removes the copies that were recorded for a change which then failed with `error`: its version tells of a value that
 * never was. Where nobody knows whether it failed they stay: the backup may be all that is left of the value before.
 */
export function undoRecords(
  { fileSystem }: FileContext,
  records: readonly (Pick<Backup, "path"> | undefined)[],
  error: unknown,
): void {
  if (PersistError.is(error, "ERR_PERSIST_INDETERMINATE")) return
  for (const record of records) {
    try {
      if (record !== undefined) fileSystem.unlinkSync(record.path)
    } catch {
      // It was not recorded yet, or cannot go.
    }
  }
}
