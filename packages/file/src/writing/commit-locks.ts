import { hash } from "node:crypto"
import { join } from "node:path"
import { type FileSystem, type Lock, lock, lockSync, PersistError } from "@persist/atomic"
import { internalFolder } from "../keys/key-path.ts"

/** How long a change waits for other processes. */
export interface LockLimits {
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** Longest wait of a save, which holds the commit lock only for an instant. */
export const commitTimeout = 30_000

/**
 * The locks between processes. Every change of a key takes effect under the key's commit lock, held
 * only while the last look and the rename happen; an update also holds the key's update lock from
 * its read on, so that updates wait for each other instead of undoing each other's work.
 */
export class CommitLocks {
  readonly #folder: string
  readonly #fileSystem: FileSystem | undefined
  readonly #held = new Map<string, Lock>()

  constructor(root: string, fileSystem: FileSystem | undefined) {
    this.#folder = join(root, internalFolder, "locks")
    this.#fileSystem = fileSystem
  }

  /**
   * Runs `work` under the commit lock of `key`. When the lock is free, `work` starts before this
   * returns. Whatever `work` relies on it must look at synchronously before it acts: `commitSync`
   * shares a lock that this thread holds, since nothing could wait for it.
   */
  async commit<T>(key: string, limits: LockLimits, work: (lock: Lock) => Promise<T>): Promise<T> {
    const held = this.#tryCommit(key) ?? (await lock(this.#path(key), this.#options(limits)))
    this.#held.set(key, held)
    try {
      return await work(held)
    } finally {
      this.#held.delete(key)
      held.release()
    }
  }

  commitSync<T>(key: string, work: () => T): T {
    if (this.#held.has(key)) return work()
    const options = this.#options({ timeout: commitTimeout, signal: undefined })
    const held = lockSync(this.#path(key), options)
    try {
      return work()
    } finally {
      held.release()
    }
  }

  update(key: string, limits: LockLimits): Promise<Lock> {
    return lock(`${this.#path(key)}.update`, this.#options(limits))
  }

  #tryCommit(key: string): Lock | undefined {
    try {
      return lockSync(this.#path(key), this.#options({ timeout: 0, signal: undefined }))
    } catch (error) {
      if (PersistError.is(error, "ERR_PERSIST_TIMEOUT")) return undefined
      throw error
    }
  }

  // One name for all keys' forms and lengths; two keys that met in it would only wait for each other.
  #path(key: string): string {
    return join(this.#folder, hash("sha256", Buffer.from(key, "utf16le"), "hex").slice(0, 24))
  }

  #options({ timeout, signal }: LockLimits) {
    return {
      timeout,
      ...(signal && { signal }),
      ...(this.#fileSystem && { fileSystem: this.#fileSystem }),
    }
  }
}
