import { setTimeout as delay } from "node:timers/promises"
import {
  type ContentionLimits,
  type Entry,
  KeyQueue,
  type NextValue,
  PersistError,
  type StoredValue,
  type UpdateRequest,
} from "@persist/core"
import { abortedError, throwIfAborted } from "@persist/core/options"
import { largestInline } from "../bodies/stage-body.ts"
import { asBuffers } from "../connection/client.ts"
import { headOf, inlineValue } from "../reading/entry.ts"
import { readValue } from "../reading/reader.ts"
import type { Store } from "../store.ts"
import { backupOf } from "./backup.ts"
import { isPlain, type SaveResult, saveOf, sendPlain, sendRich } from "./save-call.ts"
import { lifeOf } from "./write-value.ts"

/** Bytes of values and of keys that are remembered at most, each with what a map takes for it. */
const mostRemembered = 8 * 1024 * 1024
const overhead = 512
const longestPause = 32

/** What an update has written last. */
interface Remembered {
  value: StoredValue
  size: number
  isForgotten: boolean
}

/** What was there instead of what an update was made from. */
type Conflict = Exclude<SaveResult, { readonly entry: Entry }>

/**
 * Updates by compare-and-set. What an update has written is remembered, and taken for the current value by the
 * next: when it still is, that one asks the server once; when it is not, the server answers with what is there.
 */
export class Updates {
  readonly #queue = new KeyQueue()
  readonly #remembered = new Map<string, Remembered>()
  #size = 0

  /** What has been remembered of `key` is no longer so. */
  forget(key: string): void {
    if (this.#remembered.size === 0) return
    const remembered = this.#remembered.get(key)
    if (remembered === undefined) return
    remembered.isForgotten = true
    this.#remembered.delete(key)
    this.#size -= remembered.size
  }

  /** Updates of one key queue up, since those that are in each other's way only cost the server work. */
  update(store: Store, key: string, request: UpdateRequest): Promise<Entry> {
    return this.#queue.run(key, describe(key), request, (limits) => {
      const remembered = this.#recall(key)
      return remembered === undefined
        ? this.#update(store, key, request, limits)
        : this.#guess(store, key, request, limits, remembered)
    })
  }

  /** An update from what is remembered: a hot path, short because all that it needs lives as long as it waits. */
  async #guess(
    store: Store,
    key: string,
    request: UpdateRequest,
    limits: ContentionLimits,
    remembered: Remembered,
  ): Promise<Entry> {
    const { value } = remembered
    let next: NextValue
    try {
      next = await request.next(value)
    } catch {
      // What it was shown may not be there any more: what is there decides.
      this.forget(key)
      return this.#update(store, key, request, limits)
    }
    let result: SaveResult
    try {
      result = await this.#attempt(store, key, value, next)
    } catch (error) {
      // The bytes that were shown are the caller's now.
      this.forget(key)
      throw error
    }
    if (result === "changed" || !("entry" in result)) {
      this.forget(key)
      return this.#update(store, key, request, limits, result)
    }
    this.#keep(remembered, key, { bytes: next.bytes, entry: result.entry })
    return result.entry
  }

  /** @param conflict What an attempt has met already. */
  async #update(
    store: Store,
    key: string,
    request: UpdateRequest,
    { timeout, signal }: ContentionLimits,
    conflict?: Conflict,
  ): Promise<Entry> {
    const giveUpAt = performance.now() + timeout
    let current = await (conflict === undefined
      ? readValue(store, key, signal)
      : this.#conflicting(store, key, conflict, signal))
    for (let conflicts = conflict === undefined ? 0 : 1; ; conflicts++) {
      if (signal?.aborted) throwIfAborted(signal, describe(key))
      if (conflicts > 0 && performance.now() >= giveUpAt) throw contended(key, timeout)
      if (conflicts > 1) await pause(Math.min(2 ** (conflicts - 1), longestPause), signal, key)
      const next = await request.next(current)
      const result = await this.#attempt(store, key, current, next)
      if (result !== "changed" && "entry" in result) {
        if (conflicts === 0) this.#remember(key, { bytes: next.bytes, entry: result.entry })
        return result.entry
      }
      this.forget(key)
      current = await this.#conflicting(store, key, result, signal)
    }
  }

  #attempt(
    store: Store,
    key: string,
    current: StoredValue | undefined,
    { bytes, request }: NextValue,
  ): Promise<SaveResult> {
    const expected = current?.entry.revision ?? "-"
    const life = lifeOf(request.expiresAt, store.clock(), expected)
    const save = saveOf(key, bytes, request, { expected, life, isAsking: true })
    if (isPlain(save)) return sendPlain(store, save)
    return sendRich(store, save, backupOf(current, request), asBuffers)
  }

  /** What was there instead of what the update was made from. */
  async #conflicting(
    store: Store,
    key: string,
    result: Conflict,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    if (result === "changed") return readValue(store, key, signal)
    const { conflict: record } = result
    if (record === undefined) return undefined
    const head = headOf(key, record)
    return head.body === undefined ? inlineValue(key, head, record) : readValue(store, key, signal)
  }

  #recall(key: string): Remembered | undefined {
    const found = this.#remembered.get(key)
    const expiresAt = found?.value.entry.expiresAt
    return expiresAt === undefined || expiresAt.getTime() > Date.now() ? found : undefined
  }

  /** In place of what was remembered before, so that what came first goes first. */
  #remember(key: string, value: StoredValue): void {
    const before = this.#remembered.get(key)
    const remembered = before ?? { value, size: 0, isForgotten: false }
    this.#remembered.set(key, remembered)
    this.#keep(remembered, key, value)
  }

  #keep(remembered: Remembered, key: string, value: StoredValue): void {
    if (remembered.isForgotten) return
    if (value.bytes.length > largestInline) {
      this.forget(key)
      return
    }
    const size = value.bytes.length + key.length + overhead
    this.#size += size - remembered.size
    remembered.value = value
    remembered.size = size
    while (this.#size > mostRemembered) {
      const [oldest] = this.#remembered.keys()
      this.forget(oldest!)
    }
  }
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
