import { setTimeout as sleep } from "node:timers/promises"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { PersistError } from "../persist-error.ts"
import { codeOf, isNotAllowed, quietly } from "../system-error.ts"
import { placeOf } from "./place.ts"

// 5, 10, 20 … 200 ms: together some four seconds, longer than scanners hold a file.
const pauses: readonly number[] = [5, 10, 20, 40, 80, ...Array<number>(20).fill(200)]
// Somebody's event loop stands still meanwhile: a second has to do.
const mostSynchronousPauses = 10
// Milliseconds; a thread that takes longer may undo what overtook it.
const longestThread = 5_000

/** A rename that has begun and lets others of this thread in. */
interface SlowRename {
  readonly from: string
  /** The file that it replaces, as `placeOf` names it. */
  readonly file: string
  isInThread: boolean
  isOvertaken: boolean
}

const slowRenames = perFileSystem(() => new Set<SlowRename>())

/** How a rename is to be done. */
export interface RenameRequest {
  readonly from: string
  readonly to: string
  /** The file that is renamed. */
  readonly facts: Pick<FileFacts, "dev" | "ino">
  /** Runs directly before every try; what it throws ends the rename. */
  readonly check: (() => void) | undefined
  readonly signal: AbortSignal | undefined
  /** Renaming may have to wait for data that was never synced, so let a thread wait. */
  readonly slow: boolean
}

/**
 * Renames, or not.
 *
 * @returns Whether it did.
 * @throws `ERR_PERSIST_INDETERMINATE` as `renameWithRetry`.
 */
export function renameOnce(fileSystem: FileSystem, request: Omit<RenameRequest, "slow">): boolean {
  request.check?.()
  try {
    fileSystem.renameSync(request.from, request.to)
    return true
  } catch (error) {
    const isDone = isRenamed(fileSystem, request)
    if (isDone === undefined && !isNotAllowed(error)) throw failure(request, error, isDone)
    return isDone ?? false
  }
}

/**
 * Renames, trying again a bounded number of times while a code says that it can help; not when a synchronous
 * rename to the same place has come first meanwhile.
 *
 * @throws `ERR_PERSIST_INDETERMINATE` when it failed and nobody can tell whether it took effect; system errors as they are.
 */
export async function renameWithRetry(
  fileSystem: FileSystem,
  request: RenameRequest,
): Promise<void> {
  const { from, to } = request
  let rename: SlowRename | undefined
  try {
    for (let attempt = 0; ; attempt++) {
      request.check?.()
      try {
        if (!request.slow) fileSystem.renameSync(from, to)
        else {
          rename ??= remember(fileSystem, from, to)
          rename.isInThread = true
          await fileSystem.rename(from, to)
        }
        return
      } catch (error) {
        const isDone = isRenamed(fileSystem, request)
        if (isDone) return
        const isLast = attempt === pauses.length || request.signal?.aborted
        if (isLast || !mayPass(fileSystem, error)) throw failure(request, error, isDone)
      }
      rename ??= remember(fileSystem, from, to)
      rename.isInThread = false
      if (!rename.isOvertaken) await sleep(pauses[attempt])
      if (rename.isOvertaken) {
        quietly(() => fileSystem.unlinkSync(from))
        return
      }
    }
  } finally {
    if (rename !== undefined) slowRenames(fileSystem).delete(rename)
  }
}

function remember(fileSystem: FileSystem, from: string, to: string): SlowRename {
  const file = placeOf(fileSystem, to)
  const rename: SlowRename = { from, file, isInThread: false, isOvertaken: false }
  slowRenames(fileSystem).add(rename)
  return rename
}

/** Those that rename to `to` just now. */
function renamesTo(fileSystem: FileSystem, to: string): SlowRename[] {
  const renames = slowRenames(fileSystem)
  if (renames.size === 0) return []
  const file = placeOf(fileSystem, to)
  return [...renames].filter((rename) => rename.file === file)
}

/** Waits, blocking, for threads that rename to `to`: what is there then is what comes before a synchronous change. */
export function awaitRenames(fileSystem: FileSystem, to: string): void {
  const end = performance.now() + longestThread
  for (const rename of renamesTo(fileSystem, to)) {
    // How it ended shows only on the disk.
    while (rename.isInThread && performance.now() < end) {
      if (fileSystem.lstatSync(rename.from) === undefined) break
      pause(1)
    }
  }
}

function overtake(fileSystem: FileSystem, to: string): void {
  for (const rename of renamesTo(fileSystem, to)) rename.isOvertaken = true
}

/** `renameWithRetry` that blocks the thread while it pauses. */
export function renameWithRetrySync(
  fileSystem: FileSystem,
  request: Pick<RenameRequest, "from" | "to" | "facts" | "check">,
): void {
  const { from, to } = request
  awaitRenames(fileSystem, to)
  for (let attempt = 0; ; attempt++) {
    request.check?.()
    try {
      fileSystem.renameSync(from, to)
      break
    } catch (error) {
      const isDone = isRenamed(fileSystem, request)
      if (isDone) break
      const isLast = attempt === mostSynchronousPauses
      if (isLast || !mayPass(fileSystem, error)) throw failure(request, error, isDone)
    }
    pause(pauses[attempt]!)
  }
  overtake(fileSystem, to)
}

/**
 * Whether a rename that failed took effect: a network file system may lose the answer, and say of its second try that
 * nothing is there. Undefined when it does not answer this either.
 */
function isRenamed(
  fileSystem: FileSystem,
  { from, to, facts: { dev, ino } }: Pick<RenameRequest, "from" | "to" | "facts">,
): boolean | undefined {
  try {
    if (fileSystem.lstatSync(from) !== undefined) return false
    const facts = fileSystem.lstatSync(to)
    return facts?.ino === ino && facts.dev === dev
  } catch {
    return undefined
  }
}

function failure(
  { to }: Pick<RenameRequest, "to">,
  cause: unknown,
  isDone: boolean | undefined,
): unknown {
  if (isDone === false || isNotAllowed(cause)) return cause
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `${to} has its old content or the new one: the rename failed (${(cause as Error).message}), and the disk did not answer whether it took effect. Look at what is there, then write again.`,
    { cause, path: to },
  )
}

/** Blocks the thread. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function mayPass(fileSystem: FileSystem, error: unknown): boolean {
  return fileSystem.transientRenameCodes.has(codeOf(error) ?? "")
}
