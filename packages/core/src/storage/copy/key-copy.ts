import { PersistError } from "@persist/atomic"
import { throwIfAborted } from "@persist/atomic/options"
import { formatOf } from "../backend-mistake.ts"
import type { HistoryEntry } from "../entry.ts"
import type { StoredValue, WriteRequest } from "../primitives.ts"
import { corruptError } from "../recovery.ts"
import { described } from "../storage-error.ts"
import type { StorageParts } from "../storage-parts.ts"

/** What copying one key wrote. */
export interface KeyCopyResult {
  readonly historyCopied: number
  readonly bytes: number
  /** Whether the target was equal before. */
  readonly isUnchanged: boolean
}

/** How one copy treats its keys. */
export interface KeyCopyIntent {
  readonly history: boolean
  readonly fences: boolean
  readonly verify: boolean
  readonly signal: AbortSignal | undefined
}

/**
 * Copies one key by writing its past again, oldest first: each version under its id, and each backup
 * as what the next write replaces. It needs nothing of a backend but `_write`, and what an
 * interrupted run has written already is not written twice.
 */
export class KeyCopy {
  readonly #from: StorageParts
  readonly #to: StorageParts
  readonly #key: string
  readonly #intent: KeyCopyIntent
  #bytes = 0

  constructor(from: StorageParts, to: StorageParts, key: string, intent: KeyCopyIntent) {
    this.#from = from
    this.#to = to
    this.#key = key
    this.#intent = intent
  }

  async run(): Promise<KeyCopyResult> {
    const { signal } = this.#intent
    const source = await this.#from.backend.read(this.#key, signal)
    // It was deleted while other keys were copied.
    if (source === undefined) return { historyCopied: 0, bytes: 0, isUnchanged: true }
    this.#assertWhole(source)
    if (source.entry.expiresAt) this.#to.operations.require("ttl", "copyStorage")
    const fence = await this.#missingFence()
    const missing = this.#intent.history ? await this.#missingHistory() : []
    const target = await this.#to.backend.read(this.#key, signal)
    if (missing.length === 0 && fence === undefined && isSame(source, target)) {
      return { historyCopied: 0, bytes: 0, isUnchanged: true }
    }
    const backup = await this.#writeHistory(missing)
    await this.#write(source, { backup, fence, expiresAt: source.entry.expiresAt?.getTime() })
    if (this.#intent.verify) await this.#verify(source, missing, fence)
    return { historyCopied: missing.length, bytes: this.#bytes, isUnchanged: false }
  }

  /** The source's fencing mark, if the target has none or a lower one. */
  async #missingFence(): Promise<number | undefined> {
    if (!this.#intent.fences) return undefined
    const mark = await this.#fenceOf(this.#from)
    if (mark === undefined) return undefined
    this.#to.operations.require("fence", "copyStorage")
    return ((await this.#fenceOf(this.#to)) ?? -1) < mark ? mark : undefined
  }

  async #fenceOf({ backend, operations }: StorageParts): Promise<number | undefined> {
    if (!operations.supports("fence")) return undefined
    return (await backend.stat(this.#key, this.#intent.signal))?.fence
  }

  async #missingHistory(): Promise<HistoryEntry[]> {
    const { signal } = this.#intent
    const there = await this.#to.backend.history(this.#key, signal)
    const known = new Set(there.map(({ id }) => id))
    const history = await this.#from.backend.history(this.#key, signal)
    return history.filter(({ id }) => !known.has(id))
  }

  /** @returns The id of the backup that lies there as the current value, for the next write to keep. */
  async #writeHistory(missing: readonly HistoryEntry[]): Promise<string | undefined> {
    let backup: string | undefined
    for (const { id, kind } of missing) {
      const copy = await this.#from.backend.readHistory(this.#key, id, this.#intent.signal)
      // Retention removed it meanwhile.
      if (copy === undefined) continue
      this.#assertWhole(copy)
      await this.#write(copy, { backup, version: kind === "version" ? id : undefined })
      backup = kind === "backup" ? id : undefined
    }
    return backup
  }

  async #write(stored: StoredValue, details: Partial<WriteRequest>): Promise<void> {
    throwIfAborted(this.#intent.signal, described("copy", this.#key))
    await this.#to.backend.write(this.#key, stored.bytes, {
      format: stored.entry.format,
      ...{ version: undefined, backup: undefined, ifRevision: undefined, expiresAt: undefined },
      fence: undefined,
      retention: unlimited,
      signal: this.#intent.signal,
      isValid: () => true,
      ...details,
    })
    this.#bytes += stored.bytes.length
  }

  /** Damage is not carried on: the source is to be mended first, which a `load` does. */
  #assertWhole(stored: StoredValue): void {
    const format = formatOf(this.#key, stored)
    if (!this.#to.formats.extensions.includes(format)) {
      throw new PersistError(
        "ERR_PERSIST_FORMAT",
        `"${this.#key}" is stored as ${format}, which neither storage has a serializer for; add one to their "serializers".`,
        { key: this.#key },
      )
    }
    if (this.#from.formats.isValid(stored.bytes, format)) return
    throw corruptError(this.#key, stored, new Error("a copy would only carry the damage on"))
  }

  /** Whether its time was over before it was read back. */
  async #hasExpired({ entry }: StoredValue): Promise<boolean> {
    if (entry.expiresAt === undefined) return false
    if (entry.expiresAt.getTime() <= Date.now() + transit) return true
    return (await this.#from.backend.read(this.#key, this.#intent.signal)) === undefined
  }

  async #verify(
    source: StoredValue,
    copied: readonly HistoryEntry[],
    fence: number | undefined,
  ): Promise<void> {
    const { signal } = this.#intent
    const target = await this.#to.backend.read(this.#key, signal)
    const hasExpired = target === undefined && (await this.#hasExpired(source))
    let isEqual = hasExpired || isSame(source, target)
    if (fence !== undefined && !hasExpired) isEqual &&= (await this.#fenceOf(this.#to)) === fence
    for (const { id } of copied) {
      const wanted = await this.#from.backend.readHistory(this.#key, id, signal)
      const found = await this.#to.backend.readHistory(this.#key, id, signal)
      isEqual &&= wanted === undefined || hasSameBytes(wanted, found)
    }
    if (isEqual) return
    throw new PersistError(
      "ERR_PERSIST_CONFLICT",
      `"${this.#key}" read back is not what was copied; is somebody else writing to the target?`,
      { key: this.#key },
    )
  }
}

const infinite = Number.POSITIVE_INFINITY
/** The target's own limits hold again from its next save on. */
const unlimited = Object.freeze({ versions: infinite, backups: infinite, maxAge: infinite })

/** Milliseconds: a server counts the life of a value by its own clock, from when it was told. */
const transit = 1_000

function isSame(left: StoredValue, right: StoredValue | undefined): boolean {
  const expiry = (stored: StoredValue) => stored.entry.expiresAt?.getTime() ?? infinite
  if (right === undefined || !hasSameBytes(left, right)) return false
  return expiry(left) === expiry(right) || Math.abs(expiry(left) - expiry(right)) <= transit
}

function hasSameBytes(left: StoredValue, right: StoredValue | undefined): boolean {
  if (right === undefined || left.entry.format !== right.entry.format) return false
  return Buffer.compare(left.bytes, right.bytes) === 0
}
