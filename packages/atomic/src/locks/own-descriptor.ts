import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { quietly } from "../system-error.ts"
import { decodeRecord } from "./lock-record.ts"

const mostFolders = 64

const provenFolders = perFileSystem(() => new Set<string>())

/**
 * The descriptor that shows the number which a look at `lockFile` shows, for a lock with `token` that was just linked
 * there and is open as `descriptor` by another name. Where each name of a file has a number of its own (sshfs, and what
 * else leaves numbers to FUSE), it is a new one, and the first is closed.
 */
export function ownDescriptor(
  fileSystem: FileSystem,
  lockFile: string,
  token: string,
  descriptor: number,
): number {
  const proven = provenFolders(fileSystem)
  const folder = dirname(lockFile)
  if (proven.has(folder)) return descriptor
  try {
    const there = fileSystem.lstatSync(lockFile)
    const ours = fileSystem.fstatSync(descriptor)
    if (there?.ino !== ours.ino || there.dev !== ours.dev) {
      return reopen(fileSystem, lockFile, token, descriptor)
    }
    if (proven.size >= mostFolders) proven.clear()
    proven.add(folder)
  } catch {
    // The lock is taken all the same; whether it is in place is looked at again.
  }
  return descriptor
}

function reopen(
  fileSystem: FileSystem,
  lockFile: string,
  token: string,
  descriptor: number,
): number {
  const named = fileSystem.openSync(lockFile, "r+")
  let isOurs = false
  try {
    isOurs = decodeRecord(fileSystem.readAllSync(named))?.token === token
  } finally {
    quietly(() => fileSystem.closeSync(isOurs ? descriptor : named))
  }
  return isOurs ? named : descriptor
}
