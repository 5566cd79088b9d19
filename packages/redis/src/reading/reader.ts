import { type Entry, type StoredValue, storedKey } from "@persist/core"
import { readBody } from "../bodies/read-body.ts"
import { asBuffers } from "../connection/client.ts"
import { recordKey } from "../layout/keyspace.ts"
import { longestHead } from "../layout/record.ts"
import type { Store } from "../store.ts"
import { entryOf, headOf, inlineValue } from "./entry.ts"

/** Reads the current value of `key`. */
export function readValue(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredValue | undefined> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const purpose = { operation: "load", key, signal }
  const command = ["GET", recordKey(shard, stored)]
  return store.ask(shard.shard, command, purpose, asBuffers).then((record) => {
    if (record === null) return undefined
    const head = headOf(key, record as Buffer)
    if (head.body === undefined) return inlineValue(key, head, record as Buffer)
    return readBody(store, shard, head, purpose).then((bytes) =>
      // A newer value has taken the place of this one meanwhile.
      bytes === undefined ? readValue(store, key, signal) : { bytes, entry: entryOf(key, head) },
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
  return record.length === 0 ? undefined : entryOf(key, headOf(key, record))
}
