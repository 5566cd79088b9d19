import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { isRefused } from "../system-error.ts"

// Milliseconds. A trip through the thread pool leaves behind caches that have to be filled again.
const fastEnough = 0.5
const threadTrip = 0.06
// A disk that once stood still for seconds is given another chance before long.
const longestRemembered = 50
// In place for so long between two turns of the event loop, then in a thread, so that others get theirs.
const longestStretch = 5
// How much the latest sync counts in the mean.
const weight = 0.25

// Kept from the beginning: a test that stops the clock must not stop the syncs.
const { setImmediate: soon } = globalThis

/** A file or folder that is open. */
export interface OpenFile {
  readonly descriptor: number
  readonly path: string
}

/**
 * Decides where a sync waits for the disk: on the calling thread while the last syncs were fast and nothing
 * else is under way, in the thread pool otherwise.
 */
export class SyncPace {
  readonly #fileSystem: FileSystem
  readonly #now: () => number
  /** Running mean, milliseconds; undefined before the first sync. */
  #mean: number | undefined
  /** What the one before took. */
  #before = Number.POSITIVE_INFINITY
  #inThreads = 0
  #afterwards: (() => void)[] = []
  /** Milliseconds in place since the event loop's last turn. */
  #stretch = 0

  /** @param now Milliseconds on a clock that only goes forward. */
  constructor(fileSystem: FileSystem, now: () => number = () => performance.now()) {
    this.#fileSystem = fileSystem
    this.#now = now
  }

  /** See `syncAtPace`. */
  sync(file: OpenFile, mayBlock: boolean): Promise<void> | undefined {
    const isIdle = this.#inThreads === 0 && this.#stretch < longestStretch
    if (!mayBlock || !isIdle || !this.#isFast) return this.#inThread(file, mayBlock)
    const began = this.#now()
    try {
      this.#fileSystem.fsyncSync(file.descriptor)
    } catch (error) {
      // Only in place.
      if (isRefused(error)) return this.#inThread(file, false)
      throw error
    } finally {
      const took = this.#now() - began
      this.#learn(took)
      if (this.#stretch === 0) soon(() => this.#endStretch())
      this.#stretch += took
    }
    return undefined
  }

  get #isFast(): boolean {
    return this.#mean !== undefined && this.#mean < fastEnough
  }

  #endStretch(): void {
    this.#stretch = 0
  }

  async #inThread({ descriptor, path }: OpenFile, isTypical: boolean): Promise<void> {
    // What waited behind others, or was large, says little about the disk.
    const teaches = isTypical && this.#inThreads === 0 && !this.#isFast
    const began = this.#now()
    this.#inThreads++
    try {
      await this.#fileSystem.fsync(descriptor, path)
    } finally {
      this.#endInThread()
      if (teaches) this.#learn(this.#now() - began - threadTrip)
    }
  }

  /** Runs `work`, which gives the disk something to do, when no sync is under way in a thread: they would slow each other down. */
  afterSyncs(work: () => void): void {
    if (this.#inThreads === 0) work()
    else this.#afterwards.push(work)
  }

  #endInThread(): void {
    this.#inThreads--
    if (this.#inThreads > 0 || this.#afterwards.length === 0) return
    const waiting = this.#afterwards
    this.#afterwards = []
    for (const work of waiting) work()
  }

  /** One that takes a little longer, as now and then on the fastest disk, says nothing: the lesser of two counts. */
  #learn(took: number): void {
    const isLittle = took < longestStretch
    const counted = isLittle ? Math.min(took, this.#before) : Math.min(took, longestRemembered)
    this.#before = took
    this.#mean = this.#mean === undefined ? counted : this.#mean + (counted - this.#mean) * weight
  }
}

const paces = perFileSystem((fileSystem) => new SyncPace(fileSystem))

/**
 * Puts on the disk what was written through the descriptor of `file`.
 *
 * @param mayBlock It is little, and nobody would get on meanwhile: the calling thread may do it, which
 * throws its errors at once.
 * @returns Undefined when it is done already.
 */
export function syncAtPace(
  fileSystem: FileSystem,
  file: OpenFile,
  mayBlock: boolean,
): Promise<void> | undefined {
  return paces(fileSystem).sync(file, mayBlock)
}

/** See `SyncPace.afterSyncs`. */
export function afterSyncs(fileSystem: FileSystem, work: () => void): void {
  paces(fileSystem).afterSyncs(work)
}
