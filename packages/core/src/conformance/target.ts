import type { StorageOptions } from "../storage/options.ts"
import type { Storage } from "../storage/storage.ts"
import type { StorageFaults } from "./faults/storage-faults.ts"

/** The two functions that the suite needs of a test runner; those of vitest, node:test, mocha and bun fit. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => Promise<void>): unknown
}

/** A clock that the suite moves. */
export interface ConformanceClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Lets so many milliseconds pass for the storage. */
  advance(milliseconds: number): Promise<void> | void
}

/** The storage under test. */
export interface ConformanceTarget<S extends Storage = Storage> {
  /** Heads the report, such as `"FileStorage"`. */
  readonly name: string
  /**
   * Opens an empty storage that shares nothing with any other. Hand `options` to its constructor:
   * serializers, retention, the clock and the logger of the test. The suite closes it.
   */
  open(options: StorageOptions): S | Promise<S>
  /**
   * Opens another handle on the data of `storage`, as another process would; `storage` may be open or
   * closed. Required where `supports.persistent` is true.
   */
  reopen?(storage: S, options: StorageOptions): S | Promise<S>
  /**
   * Replaces the stored bytes of `key` behind the back of the storage, as a failing disk would.
   * Without it the tests of damage and recovery are left out, and said to be.
   */
  damage?(storage: S, key: string, bytes: Uint8Array): Promise<void>
  /**
   * Makes the clock of one test, for a storage whose time comes from elsewhere (a server).
   * @default a fake clock, handed to `open` as `options.clock`
   */
  clock?(): ConformanceClock
  /**
   * What can go wrong between `storage` and its server, for a storage that has one: a `TcpProxy` between
   * them, or a seam. Without it the tests of faults are left out, and said to be.
   */
  faults?(storage: S): StorageFaults
  /**
   * Milliseconds within which every operation settles while a fault lasts, and within which the storage works
   * again after it. @default 10_000
   */
  readonly deadline?: number | undefined
  /** Changes what the randomised tests do. @default 1 */
  readonly seed?: number | undefined
}
