import type { FileSystem } from "../file-system.ts"
import type { Duration } from "../options.ts"

/** A lock between processes, held. */
export interface Lock {
  /** The lock file. */
  readonly path: string
  /** Aborts, with `ERR_PERSIST_LOCK_LOST` as reason, when the lock turns out to be lost. */
  readonly signal: AbortSignal
  /**
   * Looks at the disk, synchronously: call it directly before what the lock protects takes effect.
   *
   * @throws `ERR_PERSIST_LOCK_LOST` when the lock was lost or released.
   */
  assertHeld(): void
  /** Gives the lock back. Never throws; a second call does nothing. */
  release(): void
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Who holds a lock, as far as its record tells. */
export interface LockHolder {
  /** The machine's name. */
  readonly host: string
  readonly pid: number
  /** The worker thread; 0 is the main one. */
  readonly thread: number
  /** When it took the lock, by its own clock. */
  readonly since: Date
}

/** Options of `lock`, `withLock` and `lockSync`. */
export interface LockOptions {
  /** Longest wait for another holder, after which `ERR_PERSIST_TIMEOUT` names it. 0: try once. @default "30s" */
  readonly timeout?: Duration | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /**
   * Time between signs of life, for holders and waiters that cannot see each other's process (other machines,
   * containers). Whoever gives none for five times as long has lost the lock. @default "2s"
   */
  readonly heartbeat?: Duration | undefined
  /**
   * Runs in the moment in which the lock is taken, before the promise of `lock` is resolved: others of this thread may
   * come in between. What it throws is thrown, and the lock given back.
   */
  readonly whenHeld?: (() => void) | undefined
  /** The file system calls to use, for tests. @default Node's */
  readonly fileSystem?: FileSystem | undefined
}
