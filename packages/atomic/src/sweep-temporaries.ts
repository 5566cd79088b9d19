import { join } from "node:path"
import type { FileSystem } from "./file-system.ts"
import { kindOf } from "./files/file-system-kind.ts"
import { isBreakerName, isTemporaryName, makerOf, temporaryName } from "./files/temporary-name.ts"
import { toPath } from "./files/to-path.ts"
import { removeDeadBreaker } from "./locks/takeover.ts"
import { checkFileSystem, nodeFileSystem } from "./node-file-system.ts"
import { type Duration, invalidOption, optionsCheck, toMilliseconds } from "./options.ts"
import { livenessOf } from "./processes/liveness.ts"
import { codeOf, quietly } from "./system-error.ts"

/** Options of `sweepTemporaries`. */
export interface SweepOptions {
  /**
   * How long ago, by the file system's own clock, a file must have been written when its maker cannot be seen
   * (another machine, another container). @default "1h"
   */
  readonly olderThan?: Duration | undefined
  /** The names in the folder, when they were just read anyway. @default they are read */
  readonly names?: Iterable<string> | undefined
  /** The file system calls to use, for tests. @default Node's */
  readonly fileSystem?: FileSystem | undefined
}

// A breaker is there for a millisecond; one this old (milliseconds) was left by somebody who cannot be seen.
const leftBreakerAge = 600_000

const check = optionsCheck<SweepOptions>("sweepTemporaries", {
  olderThan: true,
  names: true,
  fileSystem: true,
})

/**
 * Removes from `folder` (not from folders inside it) the temporary files of processes that died, and none
 * of a process that lives. A missing folder is fine.
 *
 * @returns The paths of the files that were removed.
 * @throws System errors as they are, `ERR_PERSIST_INVALID_OPTION`.
 */
export function sweepTemporaries(folder: string | URL, options: SweepOptions = {}): string[] {
  check(options)
  const path = toPath(folder)
  const { fileSystem = nodeFileSystem, names } = options
  checkFileSystem(fileSystem)
  if (names !== undefined && typeof names?.[Symbol.iterator] !== "function") {
    throw invalidOption("names", names, "an iterable of names")
  }
  const olderThan = toMilliseconds(options.olderThan ?? "1h", "olderThan")
  const found = [...(names ?? namesIn(fileSystem, path))].filter(isTemporaryName)
  if (found.length === 0) return []
  const kind = remember(() => kindOf(fileSystem, path))
  const writtenAt = (name: string) => fileSystem.lstatSync(join(path, name))?.mtimeNs
  const now = remember(() => clockOf(fileSystem, path))
  const age = (name: string): number => {
    const time = now()
    const written = writtenAt(name)
    return time === undefined || written === undefined ? 0 : Number(time - written) / 1e6
  }
  const isLeft = (name: string): boolean => {
    if (isBreakerName(name)) return age(name) > leftBreakerAge
    const liveness = livenessOf(makerOf(name)!, { kind, writtenAt: () => writtenAt(name) })
    return liveness === "unknown" ? age(name) > olderThan : liveness === "dead"
  }
  return found
    .filter((name) => {
      const temporary = join(path, name)
      if (isBreakerName(name) && removeDeadBreaker(fileSystem, temporary)) return true
      return isLeft(name) && remove(fileSystem, temporary)
    })
    .map((name) => join(path, name))
}

function namesIn(fileSystem: FileSystem, folder: string): readonly string[] {
  try {
    return fileSystem.readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return []
    throw error
  }
}

function remove(fileSystem: FileSystem, path: string): boolean {
  try {
    fileSystem.unlinkSync(path)
    return true
  } catch (error) {
    // A folder of such a name is nobody's temporary file.
    if (codeOf(error) === "ENOENT" || fileSystem.lstatSync(path)?.isDirectory()) return false
    throw error
  }
}

/** What time it is on the file system's own clock; undefined where nothing can be created. */
function clockOf(fileSystem: FileSystem, folder: string): bigint | undefined {
  const probe = join(folder, temporaryName())
  try {
    const descriptor = fileSystem.openSync(probe, "wx", 0o600)
    try {
      return fileSystem.fstatSync(descriptor).mtimeNs
    } finally {
      fileSystem.closeSync(descriptor)
      quietly(() => fileSystem.unlinkSync(probe))
    }
  } catch {
    return undefined
  }
}

function remember<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined
  return () => {
    found ??= { value: find() }
    return found.value
  }
}
