import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { isRefused } from "../system-error.ts"
import { knownTurn, turnNumber } from "../turn.ts"

// Milliseconds. A trip through the thread pool leaves behind caches that have to be filled again.
const fastEnough = 0.5
const threadTrip = 0.06
// A disk that once stood still for seconds is given another chance before long.
const longestRemembered = 50
/** Bytes; more takes the disk longer than a thread takes to wake. */
export const mostInPlace = 65_536
// In place for so long between two turns of the event loop, then in a thread, so that others get theirs.
const longestStretch = 5
// How much the latest sync counts in the mean.
const weight = 0.25

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
  /** Milliseconds in place in this turn of the event loop. */
  #stretch = 0
  #turn = 0
  /** Node's permission model allows threads more than this. */
  #isRefused = false

  /** @param now Milliseconds on a clock that only goes forward. */
  constructor(fileSystem: FileSystem, now: () => number = () => performance.now()) {
    this.#fileSystem = fileSystem
    this.#now = now
  }

  /** Whether the next sync that may block would. */
  get isInPlace(): boolean {
    if (this.#inThreads > 0 || this.#isRefused || !this.#isFast) return false
    // From here on the turn is known.
    return turnNumber() !== this.#turn || this.#stretch < longestStretch
  }

  /** See `syncAtPace`. */
  sync(file: OpenFile, mayBlock: boolean): Promise<void> | undefined {
    if (!mayBlock || !this.isInPlace) return this.#inThread(file, mayBlock)
    try {
      this.syncNow(file)
    } catch (error) {
      if (this.#isRefused) return this.#inThread(file, false)
      throw error
    }
    return undefined
  }

  /** Syncs a little file on the calling thread. */
  syncNow({ descriptor }: OpenFile): void {
    const began = this.#now()
    try {
      this.#fileSystem.fsyncSync(descriptor)
    } catch (error) {
      this.#isRefused ||= isRefused(error)
      throw error
    } finally {
      const took = this.#now() - began
      this.#learn(took)
      this.#stay(took)
    }
  }

  #stay(took: number): void {
    const turn = knownTurn()
    if (turn === undefined) return
    this.#stretch = turn === this.#turn ? this.#stretch + took : took
    this.#turn = turn
  }

  get #isFast(): boolean {
    return this.#mean !== undefined && this.#mean < fastEnough
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

/** See `SyncPace.syncNow`. */
export function syncNow(fileSystem: FileSystem, file: OpenFile): void {
  paces(fileSystem).syncNow(file)
}

/** See `SyncPace.isInPlace`. */
export function syncsInPlace(fileSystem: FileSystem): boolean {
  return paces(fileSystem).isInPlace
}

/** See `SyncPace.afterSyncs`. */
export function afterSyncs(fileSystem: FileSystem, work: () => void): void {
  paces(fileSystem).afterSyncs(work)
}
