import { PersistError } from "@persist/core"
import { bodyKey, type ShardKeys } from "../layout/keyspace.ts"
import type { Purpose, Store } from "../store.ts"

/** Values above this many bytes lie outside of their record: a script would copy them several times. */
export const largestInline: number = 16 * 1024
/** How much of a large value goes over the connection at once. */
export const pieceSize: number = 512 * 1024
/** What a string of the server can hold. */
const largestValue = 512 * 1024 * 1024 - 1
/** Milliseconds after which staged bytes that nobody took over are gone. */
const stagingLife = "120000"

/** Bytes on their way to the server. */
export interface Staging {
  /** Where they lie then. */
  readonly body: string
  /** Rejects when they cannot get there. A save that comes before them finds nothing, and says so. */
  readonly done: Promise<unknown>
}

/**
 * Puts bytes beside the records, where a save takes them over; piece by piece, so that others get their turn.
 *
 * @throws `ERR_PERSIST_LIMIT`
 */
export async function stageBody(
  store: Store,
  shard: ShardKeys,
  bytes: Buffer,
  purpose: Purpose,
): Promise<Staging> {
  if (bytes.length > largestValue) throw tooLarge(purpose.key, bytes.length)
  const body = store.nextOperation()
  const key = bodyKey(shard, body)
  if (bytes.length <= pieceSize) {
    // NX: sent again after a lost answer, it must not make expire what a save has taken over meanwhile.
    const done = store.ask(shard.shard, ["SET", key, bytes, "NX", "PX", stagingLife], purpose)
    done.catch(() => {})
    return { body, done }
  }
  for (let start = 0; start < bytes.length; start += pieceSize) {
    const piece = bytes.subarray(start, start + pieceSize)
    const arguments_ = [String(start), piece, stagingLife]
    await store.run(shard, store.scripts.append, [key], arguments_, purpose)
  }
  return { body, done: Promise.resolve() }
}

/** The error for bytes that are gone each time before a save can take them over. */
export function thrownAway(key: string, size: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_IO",
    `The save of ${JSON.stringify(key)} failed: the server throws its ${size} bytes away before they can be taken over, since its "maxmemory" has no room for them; nothing was written. Delete values, or give it more memory.`,
    { key },
  )
}

function tooLarge(key: string, size: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_LIMIT",
    `The save of ${JSON.stringify(key)} failed: its ${size} bytes are more than the ${largestValue} that Redis can hold under one key. Compress it, or split it.`,
    { key },
  )
}
