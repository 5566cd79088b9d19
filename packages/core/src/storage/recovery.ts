import { PersistError } from "@persist/atomic"
import { reasonOf } from "../values/path.ts"
import type { HistoryEntry, Recovery } from "./entry.ts"
import { isDamage } from "./format-registry.ts"
import type { StoredValue } from "./primitives.ts"

/** A value from history that can stand in for damaged bytes. */
export interface Substitute {
  readonly value: unknown
  readonly stored: StoredValue
  readonly recovery: Recovery
}

/** How recovery reads the history of one key. */
export interface HistoryReader {
  /** The newest copy first. */
  readonly copies: readonly HistoryEntry[]
  read(id: string): Promise<StoredValue | undefined>
  /** Throws when the bytes are damaged. */
  decode(stored: StoredValue): unknown
}

/**
 * Finds the newest version or backup that is not damaged.
 *
 * @throws What `decode` says of one that is whole and cannot be read, for want of a key for one: an older one
 * must not take its place.
 */
export async function newestValid(
  reader: HistoryReader,
  reason: unknown,
): Promise<Substitute | undefined> {
  for (const entry of reader.copies) {
    const stored = await reader.read(entry.id)
    const substitute = stored && attempt(entry, stored, reader.decode, reason)
    if (substitute) return substitute
  }
  return undefined
}

/** `newestValid` where the backend reads synchronously. */
export function newestValidSync(
  copies: readonly HistoryEntry[],
  read: (id: string) => StoredValue | undefined,
  decode: (stored: StoredValue) => unknown,
  reason: unknown,
): Substitute | undefined {
  for (const entry of copies) {
    const stored = read(entry.id)
    const substitute = stored && attempt(entry, stored, decode, reason)
    if (substitute) return substitute
  }
  return undefined
}

/** The error for a damaged value that nothing can stand in for. */
export function corruptError(key: string, stored: StoredValue, reason: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `"${key}" is damaged (${reasonOf(reason)}) and no version or backup of it can be read; its bytes are kept as they are.`,
    { cause: reason, key, path: stored.entry.path },
  )
}

/** The error for a version or backup that is not there. */
export function missingCopy(key: string, id: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `"${key}" has no version or backup ${String(JSON.stringify(id)).slice(0, 100)}.`,
    { key },
  )
}

function attempt(
  entry: HistoryEntry,
  stored: StoredValue,
  decode: (stored: StoredValue) => unknown,
  reason: unknown,
): Substitute | undefined {
  try {
    const { id: from, kind, savedAt } = entry
    return { value: decode(stored), stored, recovery: { from, kind, savedAt, reason } }
  } catch (error) {
    if (isDamage(error)) return undefined
    throw unreadableCopy(entry, stored, reason, error)
  }
}

function unreadableCopy(
  { id, kind }: HistoryEntry,
  { entry: { key } }: StoredValue,
  reason: unknown,
  cause: unknown,
): unknown {
  if (!PersistError.is(cause)) return cause
  return new PersistError(
    cause.code,
    `"${key}" is damaged (${reasonOf(reason)}), and its newest ${kind} ${id} is whole but cannot be read: ${cause.message} See to that, or load an older one by its id.`,
    { cause, key, details: cause.details },
  )
}
