import { setTimeout as delay } from "node:timers/promises"
import {
  type ContentionLimits,
  type Entry,
  KeyQueue,
  PersistError,
  type StoredValue,
  type UpdateRequest,
  type WriteRequest,
} from "@persist/core"
import { abortedError, throwIfAborted } from "@persist/core/options"
import { largestInline } from "../bodies/stage-body.ts"
import { asBuffers } from "../connection/client.ts"
import { headOf, inlineValue } from "../reading/entry.ts"
import { readValue } from "../reading/reader.ts"
import type { Store } from "../store.ts"
import { backupOf } from "./backup.ts"
import { isPlain, type SaveResult, saveOf, sendPlain, sendRich } from "./save-call.ts"

/** Bytes of values and of keys that are remembered at most, each with what a map takes for it. */
const mostRemembered = 8 * 1024 * 1024
const overhead = 512
const longestPause = 32

/**
 * Updates by compare-and-set. What an update has written is remembered, and taken for the current value by the
 * next: when it still is, that one asks the server once; when it is not, the server answers with what is there.
 */
export class Updates {
  readonly #queue = new KeyQueue()
  readonly #remembered = new Map<string, StoredValue>()
  #size = 0

  /** What has been remembered of `key` is no longer so. */
  forget(key: string): void {
    if (this.#remembered.size === 0) return
    const value = this.#remembered.get(key)
    if (value === undefined) return
    this.#remembered.delete(key)
    this.#size -= sizeOf(key, value)
  }

  /** Updates of one key queue up, since those that are in each other's way only cost the server work. */
  update(store: Store, key: string, request: UpdateRequest): Promise<Entry> {
    return this.#queue.run(key, describe(key), request, (limits) =>
      this.#update(store, key, request, limits),
    )
  }

  async #update(
    store: Store,
    key: string,
    request: UpdateRequest,
    limits: ContentionLimits,
  ): Promise<Entry> {
    const giveUpAt = performance.now() + limits.timeout
    const { signal } = limits
    let current = this.#recall(key)
    let isGuess = current !== undefined
    if (!isGuess) current = await readValue(store, key, signal)
    for (let conflicts = 0; ; conflicts++) {
      if (signal?.aborted) throwIfAborted(signal, describe(key))
      if (conflicts > 0 && performance.now() >= giveUpAt) throw contended(key, limits.timeout)
      if (conflicts > 1) await pause(Math.min(2 ** (conflicts - 1), longestPause), signal, key)
      let next: Awaited<ReturnType<UpdateRequest["next"]>>
      try {
        next = await request.next(current)
      } catch (error) {
        if (!isGuess) throw error
        // What it was shown may not be there any more: what is there decides.
        isGuess = false
        current = await readValue(store, key, signal)
        continue
      }
      const result = await this.#attempt(store, key, current, next.bytes, next.request)
      if (result !== "changed" && "entry" in result) {
        const { entry } = result
        if (conflicts === 0) this.#remember(key, { bytes: next.bytes, entry })
        return entry
      }
      isGuess = false
      this.forget(key)
      current = await this.#conflicting(store, key, result, signal)
    }
  }

  #attempt(
    store: Store,
    key: string,
    current: StoredValue | undefined,
    bytes: Uint8Array,
    request: WriteRequest,
  ): Promise<SaveResult> {
    const expected = current?.entry.revision ?? "-"
    const kept = current?.entry.expiresAt?.getTime()
    const { expiresAt } = request
    const ends = expiresAt === undefined ? "" : String(Math.ceil(expiresAt - store.clock()))
    // The expiry that the value has already is a time of the server's clock.
    const life = expiresAt !== undefined && expiresAt === kept ? `=${expiresAt}` : ends
    const save = saveOf(store, key, bytes, request, { expected, life, isAsking: true })
    if (isPlain(save)) return sendPlain(store, save)
    return sendRich(store, save, backupOf(current, request), asBuffers)
  }

  /** What was there instead of what the update was made from. */
  async #conflicting(
    store: Store,
    key: string,
    result: Exclude<SaveResult, { readonly entry: Entry }>,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    if (result === "changed") return readValue(store, key, signal)
    const { conflict: record } = result
    if (record === undefined) return undefined
    const head = headOf(key, record)
    return head.body === undefined ? inlineValue(key, head, record) : readValue(store, key, signal)
  }

  #recall(key: string): StoredValue | undefined {
    const found = this.#remembered.get(key)
    const expiresAt = found?.entry.expiresAt
    return expiresAt === undefined || expiresAt.getTime() > Date.now() ? found : undefined
  }

  /** In place of what was remembered before, so that what came first goes first: a hot path. */
  #remember(key: string, value: StoredValue): void {
    if (value.bytes.length > largestInline) {
      this.forget(key)
      return
    }
    const before = this.#remembered.get(key)
    this.#remembered.set(key, value)
    this.#size += sizeOf(key, value) - (before === undefined ? 0 : sizeOf(key, before))
    while (this.#size > mostRemembered) {
      const [oldest] = this.#remembered.keys()
      this.forget(oldest!)
    }
  }
}

function sizeOf(key: string, { bytes }: StoredValue): number {
  return bytes.length + key.length + overhead
}

/** Waits for a random time, so that those who are in each other's way meet less. */
async function pause(most: number, signal: AbortSignal | undefined, key: string): Promise<void> {
  await delay(Math.random() * most, undefined, signal && { signal }).catch((error) => {
    throw signal?.aborted ? abortedError(signal, describe(key)) : error
  })
}

function describe(key: string): string {
  return `The update of "${key}"`
}

function contended(key: string, timeout: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${describe(key)} met another writer at every attempt for ${timeout} ms; try again or raise "timeout".`,
  )
}
