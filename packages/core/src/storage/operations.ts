import { throwIfAborted } from "@persist/atomic/options"
import { Lifecycle } from "./lifecycle.ts"
import { type StorageBackend, unsupported } from "./storage-backend.ts"
import { described, storageError } from "./storage-error.ts"
import type { StorageSupport } from "./supports.ts"
import { type Operation, traced, tracedSync } from "./tracing.ts"

/** Runs the operations of one storage: counted, traced, with errors that name the key. */
export class Operations {
  readonly lifecycle: Lifecycle
  readonly #owner: StorageBackend

  constructor(owner: StorageBackend) {
    this.#owner = owner
    this.lifecycle = new Lifecycle(owner)
  }

  supports(ability: keyof StorageSupport): boolean {
    return this.#owner.supports[ability]
  }

  /** @throws `ERR_PERSIST_CLOSED`, `ERR_PERSIST_UNSUPPORTED` */
  require(ability: keyof StorageSupport, operation: string): void {
    this.lifecycle.assertOpen(operation)
    if (!this.supports(ability)) throw unsupported(this.#owner, ability)
  }

  /**
   * Runs one operation on a whole key. What `work` does before it first waits is done when this
   * returns: a value is encoded as it is now. A hot path, so what cannot begin is thrown at once: call it from
   * an asynchronous function.
   */
  run<T>(
    operation: Operation,
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    this.lifecycle.enter(operation)
    try {
      if (signal?.aborted) throwIfAborted(signal, described(operation, key))
      return traced(operation, this.#owner, key, work).then(this.#leave, this.#fail)
    } catch (error) {
      this.lifecycle.leave()
      throw error
    }
  }

  readonly #leave = <T>(result: T): T => {
    this.lifecycle.leave()
    return result
  }

  readonly #fail = (error: unknown): never => {
    this.lifecycle.leave()
    throw error
  }

  /** @throws `ERR_PERSIST_CLOSED`, `ERR_PERSIST_ABORTED` */
  assertReady(operation: string, key: string, signal: AbortSignal | undefined): void {
    this.lifecycle.assertOpen(operation)
    throwIfAborted(signal, described(operation, key))
  }

  /** `run` for the synchronous operations. */
  runSync<T>(operation: Operation, key: string, signal: AbortSignal | undefined, work: () => T): T {
    this.assertReady(operation, key, signal)
    return tracedSync(operation, this.#owner, key, work)
  }

  /**
   * Walks an iteration of the backend, each step an operation of its own, so that `close` never
   * releases what a step still uses. A closed storage throws, or ends the walk when `endsOnClose`.
   */
  async *walk<T>(
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    iterator: AsyncIterator<T>,
    options: { readonly endsOnClose: boolean },
  ): AsyncGenerator<T, void, undefined> {
    const { lifecycle } = this
    try {
      for (;;) {
        const step = await lifecycle.step(iterator)
        if (!options.endsOnClose) {
          if (step === undefined) lifecycle.assertOpen(operation)
          throwIfAborted(signal, described(operation, key))
        }
        if (step === undefined || step.done) return
        yield step.value
      }
    } catch (error) {
      throw storageError(operation, key, error, signal)
    } finally {
      await lifecycle.finish(iterator)
    }
  }
}
