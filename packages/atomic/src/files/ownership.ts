import type { FileFacts, FileSystem } from "../file-system.ts"
import { codeOf } from "../system-error.ts"
import type { OpenFile } from "./sync-pace.ts"

const permissionBits = 0o7777
const borrowedRightsBits = 0o6000

// What a file system without owners, or a caller without the right to give files away, answers.
const cannotGiveAway: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
])

/**
 * The mode to create a temporary file with: never wider than the file that it will become. Until it has the owner and
 * group of that, which come after its content, its own group's members and others may be people who must not read it.
 */
export function creationMode(existing: FileFacts | undefined, mode: number | undefined): number {
  if (existing === undefined) return mode === undefined ? 0o666 : mode & 0o777
  const bits = mode ?? Number(existing.mode)
  return bits & (isLikeOurs(existing) ? 0o777 : 0o700)
}

/** Whether a new file will most probably have the same owner and group. */
function isLikeOurs({ uid, gid }: FileFacts): boolean {
  // Windows has neither.
  if (process.geteuid === undefined) return true
  return Number(uid) === process.geteuid() && Number(gid) === process.getegid!()
}

/**
 * Gives the new file the owner and the permissions of the one that it replaces. Where the owner cannot be
 * carried over, set-user-ID and set-group-ID are dropped: they would lend another user's rights.
 *
 * @param current The new file, to which nothing is written any more. @returns Whether anything of it was changed.
 */
export function carryOver(
  fileSystem: FileSystem,
  file: OpenFile,
  current: FileFacts,
  existing: FileFacts | undefined,
  mode: number | undefined,
): boolean {
  if (existing === undefined && mode === undefined) return false
  let wanted = mode ?? Number(existing?.mode) & permissionBits
  let changed = false
  if (existing !== undefined && !sameOwner(existing, current)) {
    changed = true
    if (!giveAway(fileSystem, file, existing, current)) wanted &= ~borrowedRightsBits
  }
  // Giving a file away clears bits, so they are set afterwards.
  if (changed || wanted !== (Number(current.mode) & permissionBits)) {
    allow(fileSystem, file, wanted)
    changed = true
  }
  return changed
}

function sameOwner(one: FileFacts, other: FileFacts): boolean {
  return one.uid === other.uid && one.gid === other.gid
}

function giveAway(
  fileSystem: FileSystem,
  file: OpenFile,
  existing: FileFacts,
  current: FileFacts,
): boolean {
  if (tryChown(fileSystem, file, existing.uid, existing.gid)) return true
  // Not ours to give, but the group may be one that we are in.
  if (existing.gid !== current.gid) tryChown(fileSystem, file, current.uid, existing.gid)
  return false
}

function tryChown(fileSystem: FileSystem, file: OpenFile, uid: bigint, gid: bigint): boolean {
  try {
    fileSystem.fchownSync(file.descriptor, Number(uid), Number(gid), file.path)
    return true
  } catch (error) {
    if (cannotGiveAway.has(codeOf(error))) return false
    throw error
  }
}

function allow(fileSystem: FileSystem, file: OpenFile, mode: number): void {
  try {
    fileSystem.fchmodSync(file.descriptor, mode, file.path)
  } catch (error) {
    if (!cannotGiveAway.has(codeOf(error))) throw error
  }
}
