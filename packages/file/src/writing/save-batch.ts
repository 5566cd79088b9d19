import type { Entry, WriteRequest } from "@persist/core"
import { abortedError, whenAborted } from "@persist/core/options"
import type { Claim, KeyChange } from "./change-queue.ts"

/** One plain save: the whole value, whatever was there before. */
export interface PlainSave {
  readonly bytes: Uint8Array
  readonly request: WriteRequest
}

interface WaitingSave extends PlainSave {
  readonly outcome: PromiseWithResolvers<Entry>
  readonly forget: (() => void) | undefined
}

/** How a batch writes its value. */
export interface BatchWriter {
  write(save: PlainSave, claim: Claim): Promise<Entry>
  writeSync(save: PlainSave): Entry
}

/** Whether nobody can tell if a newer save of the same key takes the place of this one. */
export function isPlain(request: WriteRequest): boolean {
  const { version, backup, ifRevision, fence } = request
  if (fence !== undefined) return false
  return version === undefined && backup === undefined && ifRevision === undefined
}

/**
 * Plain saves of one key that wait together: only the newest is written, and every promise resolves
 * with it. One that is aborted while it waits leaves, and the one before counts again.
 */
export class SaveBatch implements KeyChange<void> {
  readonly #writer: BatchWriter
  readonly #waiting = new Set<WaitingSave>()

  constructor(writer: BatchWriter) {
    this.#writer = writer
  }

  add(key: string, save: PlainSave): Promise<Entry> {
    const outcome = Promise.withResolvers<Entry>()
    const { signal } = save.request
    const abort = () => {
      this.#waiting.delete(waiting)
      outcome.reject(abortedError(signal!, `Saving "${key}"`))
    }
    const forget = signal && whenAborted(signal, abort)
    const waiting: WaitingSave = { ...save, outcome, forget }
    this.#waiting.add(waiting)
    return outcome.promise
  }

  async run(claim: Claim): Promise<void> {
    const batch = this.#begin()
    if (batch.length === 0) return
    try {
      settle(batch, await this.#writer.write(newest(batch), claim))
    } catch (error) {
      this.#running = []
      // Taken by `runSync`: it has told everybody.
      for (const { outcome } of batch) outcome.reject(error)
      throw error
    }
  }

  runSync(): void {
    const batch = this.#waiting.size > 0 ? this.#begin() : this.#running
    if (batch.length === 0) return
    try {
      settle(batch, this.#writer.writeSync(newest(batch)))
    } catch (error) {
      for (const { outcome } of batch) outcome.reject(error)
      throw error
    }
  }

  #running: readonly WaitingSave[] = []

  #begin(): readonly WaitingSave[] {
    this.#running = [...this.#waiting]
    this.#waiting.clear()
    for (const { forget } of this.#running) forget?.()
    return this.#running
  }
}

function settle(batch: readonly WaitingSave[], entry: Entry): void {
  for (const { outcome } of batch) outcome.resolve(entry)
}

/** The last one; only a save that is alone can still be aborted while it is written. */
function newest(batch: readonly WaitingSave[]): PlainSave {
  const { bytes, request } = batch.at(-1)!
  return { bytes, request: batch.length === 1 ? request : { ...request, signal: undefined } }
}
