import { type Entry, PersistError, type StoredValue, storedKey } from "@persist/core"
import { readBody } from "../bodies/read-body.ts"
import { asBuffers } from "../connection/client.ts"
import { recordKey } from "../layout/keyspace.ts"
import { longestHead } from "../layout/record.ts"
import type { Store } from "../store.ts"
import { entryOf, headOf, inlineValue } from "./entry.ts"

/**
 * Reads the current value of `key`.
 *
 * @param missing Where bytes were looked for in vain before.
 * @throws `ERR_PERSIST_CORRUPT`
 */
export function readValue(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
  missing?: string,
): Promise<StoredValue | undefined> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const purpose = { operation: "load", key, signal }
  const command = ["GET", recordKey(shard, stored)]
  return store.ask(shard.shard, command, purpose, asBuffers).then((record) => {
    if (record === null) return readAgain(store, () => readValue(store, key, signal))
    const head = headOf(key, record as Buffer)
    const { body } = head
    if (body === undefined) return inlineValue(key, head, record as Buffer)
    if (body === missing) throw lostBytes(key)
    return readBody(store, shard, head, purpose).then((bytes) =>
      // A newer value has taken the place of this one meanwhile, or they are lost.
      bytes === undefined
        ? readValue(store, key, signal, body)
        : { bytes, entry: entryOf(key, head) },
    )
  })
}

/** What is known of the value of `key`, without its bytes. */
export async function readEntry(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Entry | undefined> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const command = ["GETRANGE", recordKey(shard, stored), "0", String(longestHead - 1)]
  const purpose = { operation: "stat", key, signal }
  const record = (await store.ask(shard.shard, command, purpose, asBuffers)) as Buffer
  if (record.length === 0) return readAgain(store, () => readEntry(store, key, signal))
  return entryOf(key, headOf(key, record))
}

/** What a read gives that has found nothing: what it finds where the prefix is laid out otherwise by now. */
function readAgain<T>(
  { layout }: Store,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> | undefined {
  const looked = layout.hasChanged()
  return looked === false
    ? undefined
    : looked.then((hasChanged) => (hasChanged ? read() : undefined))
}

function lostBytes(key: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `The bytes of "${key}" are gone from the server, though its record is there: somebody else removed them. Save the value anew, or restore a version or backup.`,
    { key },
  )
}
