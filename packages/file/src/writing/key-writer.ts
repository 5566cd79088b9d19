import { nextTurn } from "@persist/atomic/waiting"
import type { DeleteRequest, Entry, WriteRequest } from "@persist/core"
import type { FileContext } from "./context.ts"
import { flushedQueue, isAtExit } from "./exit-flush.ts"
import { remove, removeSync } from "./remove.ts"
import { replace } from "./replace.ts"
import { replaceAtOnce } from "./replace-at-once.ts"
import { replaceSync } from "./replace-sync.ts"
import { type BatchWriter, isPlain, SaveBatch } from "./save-batch.ts"
import { assertStackRoom } from "./stack-room.ts"

/** Saves and deletes in the order of the calls, of many waiting saves of one key only the newest. */
export class KeyWriter {
  readonly #context: FileContext
  readonly #queue = flushedQueue()
  readonly #others = new Set<Promise<unknown>>()

  constructor(context: FileContext) {
    this.#context = context
  }

  /** @returns No promise where it is done. @throws What the promise may reject with. */
  save(key: string, bytes: Uint8Array, request: WriteRequest): Entry | Promise<Entry> {
    const context = this.#context
    const done = this.#queue.isIdle ? replaceAtOnce(context, key, bytes, request) : undefined
    if (done !== undefined) return done instanceof Promise ? this.track(done) : done
    // Who can abort does so after the call.
    if (isAtExit() && request.signal === undefined) return this.saveSync(key, bytes, request)
    assertStackRoom()
    if (!isPlain(request)) {
      return this.#queue.submit(key, {
        run: (claim) => replace(context, key, { content: bytes, request, claim }),
        runSync: () => replaceSync(context, key, bytes, request),
      })
    }
    const last = this.#queue.lastWaiting(key)
    if (last instanceof SaveBatch) return last.add(key, { bytes, request })
    const batch = new SaveBatch(this.#batchWriter(key))
    const saved = batch.add(key, { bytes, request })
    // The batch tells everybody who waits for it; nobody waits for the job as such.
    this.#queue.submit(key, batch).catch(() => {})
    return saved
  }

  /** `save` where it is done before this returns; undefined where nothing has happened. */
  saveAtOnce(key: string, bytes: Uint8Array, request: WriteRequest): Entry | undefined {
    const context = this.#context
    if (context.durability === "full" || !this.#queue.isIdle) return undefined
    return replaceAtOnce(context, key, bytes, request) as Entry | undefined
  }

  saveSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    // What was called before takes effect before.
    this.#queue.drainSync(key)
    return replaceSync(this.#context, key, bytes, request)
  }

  /** @returns No promise where it is done. @throws What the promise may reject with. */
  delete(key: string, request: DeleteRequest): boolean | Promise<boolean> {
    if (isAtExit()) {
      this.#queue.drainSync(key)
      return removeSync(this.#context, key, request)
    }
    assertStackRoom()
    return this.#queue.submit(key, {
      run: (claim) => remove(this.#context, key, request, claim),
      runSync: () => removeSync(this.#context, key, request),
    })
  }

  /** Has `flush` wait for work that takes no turn in a queue. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#others.add(work)
    try {
      return await work
    } finally {
      this.#others.delete(work)
    }
  }

  /** Resolves when what was called before is done, and whoever waited for it knows. */
  async flush(): Promise<void> {
    await Promise.allSettled([this.#queue.idle(), ...this.#others])
    await nextTurn()
  }

  #batchWriter(key: string): BatchWriter {
    const context = this.#context
    return {
      write: ({ bytes, request }, claim) =>
        replace(context, key, { content: bytes, request, claim }),
      writeSync: ({ bytes, request }) => replaceSync(context, key, bytes, request),
    }
  }
}
