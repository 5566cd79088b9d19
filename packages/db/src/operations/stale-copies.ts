import { randomBytes } from "node:crypto"
import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"

/** Milliseconds without a write after which nobody works on a copy any more: every step of one writes. */
const longestPause = 60 * 60 * 1000
// SQLite's journal of a copy stands beside it.
const isCopy = /^\.persist-backup-[0-9a-f]{16}\.tmp(?:-journal)?$/

/** A new name for a copy that is not whole yet, in `folder`. */
export function unfinishedCopy(folder: string): string {
  return join(folder, `.persist-backup-${randomBytes(8).toString("hex")}.tmp`)
}

/** Removes from `folder` the copies that killed processes have left unfinished. */
export async function removeStaleCopies(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => isCopy.test(one))) {
    const path = join(folder, name)
    // Somebody else may remove it at this moment, and one that cannot be removed is in nobody's way.
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || Date.now() - found.mtimeMs < longestPause) continue
    await rm(path, { force: true }).catch(() => {})
  }
}
