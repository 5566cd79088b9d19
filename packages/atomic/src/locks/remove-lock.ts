import { rmdirSync } from "node:fs"
import { dirname, join } from "node:path"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { temporaryName } from "../files/temporary-name.ts"
import { codeOf, quietly } from "../system-error.ts"

/**
 * Removes the lock file if `isRight` says so of what is there, looked at under a name that nobody else uses. What was
 * not meant (somebody's lock that came to stand there in this very moment) is put back.
 */
export function removeLock(
  fileSystem: FileSystem,
  lockFile: string,
  isRight: (aside: string, facts: FileFacts) => boolean,
): void {
  const aside = join(dirname(lockFile), temporaryName())
  try {
    fileSystem.renameSync(lockFile, aside)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return
    throw error
  }
  const facts = fileSystem.lstatSync(aside)
  const isMeant = facts === undefined || isRight(aside, facts)
  if (facts?.isDirectory()) {
    // proper-lockfile's locks are empty folders, which have one name only; what came to hold a file goes back.
    if (!isMeant || !removeEmptyFolder(aside)) quietly(() => fileSystem.renameSync(aside, lockFile))
    return
  }
  if (!isMeant) quietly(() => fileSystem.linkSync(aside, lockFile))
  quietly(() => fileSystem.unlinkSync(aside))
}

function removeEmptyFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}
