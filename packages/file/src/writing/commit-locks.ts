import { hash, randomBytes } from "node:crypto"
import { basename, join } from "node:path"
import { type FileFacts, type FileSystem, lock, lockSync, PersistError } from "@persist/atomic"
import { internalFolder } from "../keys/key-path.ts"
import { type BriefLock, OwnerRecord } from "./owner-record.ts"

/** How long a change waits for other processes. */
export interface LockLimits {
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** Longest wait of a save, which holds the commit lock only for an instant. */
export const commitTimeout = 30_000

const mostRemembered = 1_000

/** The commit locks that this thread holds, by whichever storage of it; undefined in the moment in which one is taken. */
const heldHere = new Map<string, BriefLock | undefined>()

/**
 * The locks between processes. Every change of a key takes effect under the key's commit lock, held
 * only while the last look and the rename happen; an update also holds the key's update lock from
 * its read on, so that updates wait for each other instead of undoing each other's work.
 */
export class CommitLocks {
  readonly #folder: string
  readonly #fileSystem: FileSystem
  readonly #owner: OwnerRecord
  readonly #paths = new Map<string, string>()

  constructor(root: string, fileSystem: FileSystem) {
    this.#folder = join(root, internalFolder, "locks")
    this.#fileSystem = fileSystem
    const name = `owner-${randomBytes(8).toString("hex")}`
    this.#owner = new OwnerRecord(this.#folder, name, fileSystem)
  }

  /** Where the lock files lie; absolute. */
  get folder(): string {
    return this.#folder
  }

  /** Whether a lock that is free costs no more than two system calls, as far as is known. */
  get areQuick(): boolean {
    return this.#owner.tellsOwner
  }

  /**
   * Runs `work` under the commit lock of `key`. When the lock is free, `work` starts before this
   * returns. Whatever `work` relies on it must look at synchronously before it acts: `commitSync`
   * shares a lock that this thread holds, since nothing could wait for it.
   */
  async commit<T>(
    key: string,
    limits: LockLimits,
    work: (lock: BriefLock) => Promise<T>,
  ): Promise<T> {
    const path = this.#path(key)
    const quick = this.#owner.tryLock(path)
    // Between the moment in which the lock is taken and the next line others of this thread may come.
    const whenHeld = () => void heldHere.set(path, undefined)
    const held = quick ?? (await lock(path, { ...this.#options(limits), whenHeld }))
    heldHere.set(path, held)
    try {
      if (quick === undefined) held.assertHeld()
      return await work(held)
    } finally {
      heldHere.delete(path)
      held.release()
    }
  }

  /**
   * `commit` of `work` that needs not wait for anything.
   *
   * @returns Undefined also where the lock is not free, or cannot be had so soon.
   */
  commitAtOnce<T>(key: string, work: (lock: BriefLock) => T): T | undefined {
    const held = this.#owner.tryLock(this.#path(key))
    if (held === undefined) return undefined
    try {
      return work(held)
    } finally {
      held.release()
    }
  }

  /**
   * `commit` where the disk has no room for a lock's record: the lock file is a second name of `file`. It names nobody,
   * and is taken over within seconds should this process end, so `work` must be quick.
   *
   * @returns Undefined, without having run `work`, when somebody holds the lock or files cannot have two names.
   */
  commitWithoutRoom<T>(key: string, file: string, work: () => T): T | undefined {
    const lockFile = `${this.#path(key)}.lock`
    const fileSystem = this.#fileSystem
    let facts: FileFacts | undefined
    try {
      fileSystem.linkSync(file, lockFile)
      // Not before: the file may just have been replaced.
      facts = fileSystem.lstatSync(lockFile)
    } catch {
      return undefined
    }
    try {
      return work()
    } finally {
      try {
        const mine = fileSystem.lstatSync(lockFile)
        if (mine?.ino === facts?.ino && mine?.dev === facts?.dev) fileSystem.unlinkSync(lockFile)
      } catch {
        // The work is done all the same.
      }
    }
  }

  /** `commit` for programs that cannot wait; `work` is given no lock where it shares one that is just being taken. */
  commitSync<T>(key: string, work: (lock?: BriefLock) => T): T {
    const path = this.#path(key)
    if (heldHere.has(path)) {
      const shared = heldHere.get(path)
      if (shared === undefined || isHeld(shared)) return work(shared)
    }
    const quick = this.#owner.tryLock(path)
    const held = quick ?? this.#blockFor(key)
    try {
      if (quick === undefined) held.assertHeld()
      return work(held)
    } finally {
      held.release()
    }
  }

  update(key: string, limits: LockLimits): Promise<BriefLock> {
    return lock(`${this.#path(key)}.update`, this.#options(limits))
  }

  // Others of this thread may be waiting in line for the same lock; they cannot go on before this
  // returns, so it must not queue behind them: another spelling of the path has a line of its own.
  #blockFor(key: string): BriefLock {
    const path = `${this.#folder}/./${basename(this.#path(key))}`
    const deadline = performance.now() + commitTimeout
    for (;;) {
      try {
        return lockSync(path, this.#options({ timeout: 100, signal: undefined }))
      } catch (error) {
        if (!PersistError.is(error, "ERR_PERSIST_TIMEOUT")) throw error
        // It would never be given back while this thread waits for it.
        if (error.details?.isThisThread || performance.now() > deadline) throw error
      }
    }
  }

  /** Gives up what is kept between locks. */
  close(): void {
    this.#owner.close()
  }

  // One name for all keys' forms and lengths; two keys that met in it would only wait for each other.
  #path(key: string): string {
    const known = this.#paths.get(key)
    if (known !== undefined) return known
    const name = hash("sha256", Buffer.from(key, "utf16le"), "hex").slice(0, 24)
    const path = join(this.#folder, name)
    if (this.#paths.size >= mostRemembered) this.#paths.clear()
    this.#paths.set(key, path)
    return path
  }

  #options({ timeout, signal }: LockLimits) {
    return { timeout, fileSystem: this.#fileSystem, ...(signal && { signal }) }
  }
}

/** Whether nobody has taken `held`, under which the process or its disk may have stood still. */
function isHeld(held: BriefLock): boolean {
  try {
    held.assertHeld()
    return true
  } catch (error) {
    if (PersistError.is(error, "ERR_PERSIST_LOCK_LOST")) return false
    throw error
  }
}
