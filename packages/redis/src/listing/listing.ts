import { setImmediate } from "node:timers/promises"
import { type Entry, keyFromStored, storedKey } from "@persist/core"
import { asBuffers } from "../connection/client.ts"
import type { ShardKeys } from "../layout/keyspace.ts"
import { entryOf, headOf } from "../reading/entry.ts"
import type { Purpose, Store } from "../store.ts"

const keysPerPage = 1_000
const entriesPerPage = 250
const sweptAtOnce = "250"

/** Every key below `prefix`. */
export async function listKeys(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const purpose = { operation: "list", key: prefix, signal }
  const pages = store.keyspace.shards.map((shard) => shardKeys(store, shard, prefix, purpose))
  const keys = (await Promise.all(pages)).flat()
  const isOther = keys.length === 0 && (await store.layout.hasChanged())
  return isOther ? listKeys(store, prefix, signal) : keys
}

/**
 * Every entry below `prefix`, one page in memory.
 *
 * @throws `ERR_PERSIST_CORRUPT` for the first record that is none, when all others have been told.
 */
export async function* listEntries(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Entry, void, undefined> {
  const purpose = { operation: "entries", key: prefix, signal }
  let isEmpty = true
  let foreign: unknown
  for (const shard of store.keyspace.shards) {
    await sweep(store, shard, purpose, false)
    let [from, to] = rangeOf(prefix)
    for (;;) {
      const { script, keys } = { script: store.scripts.entries, keys: [shard.index, shard.log] }
      const arguments_ = [from!, to!, String(entriesPerPage)]
      const page = await store.run(shard, script, keys, arguments_, purpose, asBuffers)
      const items = page as Buffer[]
      for (let index = 0; index < items.length; index += 2) {
        const record = items[index + 1]!
        const key = keyFromStored(items[index]!.toString())
        isEmpty = false
        if (record.length === 0) continue
        let entry: Entry
        try {
          entry = entryOf(key, headOf(key, record))
        } catch (error) {
          foreign ??= error
          continue
        }
        yield entry
      }
      if (items.length < entriesPerPage * 2) break
      from = `(${items.at(-2)!.toString()}`
    }
  }
  if (foreign !== undefined) throw foreign
  if (isEmpty && (await store.layout.hasChanged())) yield* listEntries(store, prefix, signal)
}

async function shardKeys(
  store: Store,
  shard: ShardKeys,
  prefix: string,
  purpose: Purpose,
): Promise<string[]> {
  const keys: string[] = []
  let [from, to] = rangeOf(prefix)
  // One after the other on the same connection: the page is read after the sweep.
  let swept = sweep(store, shard, purpose, true)
  // The page may fail first; then nobody waits for this any more.
  swept.catch(() => {})
  for (;;) {
    const limit = String(keysPerPage)
    const command = ["ZRANGE", shard.index, from!, to!, "BYLEX", "LIMIT", "0", limit]
    const page = (await store.ask(shard.shard, command, purpose)) as string[]
    const inOrder = await Promise.race([swept, endOfTurn()])
    const { isRepeated, left } = inOrder ?? (await swept)
    if (isRepeated || inOrder === undefined) {
      // What was read may hold keys that have expired.
      swept = Promise.resolve({ isRepeated: false, left })
      continue
    }
    for (const stored of page) if (!left.has(stored)) keys.push(keyFromStored(stored))
    if (page.length < keysPerPage) return keys
    from = `(${page.at(-1)!}`
  }
}

/** Where a sweep is answered before a page, as it was asked for, that is known by then; else it was turned away. */
async function endOfTurn(): Promise<undefined> {
  await setImmediate()
}

/** What has become of a sweep. */
interface Swept {
  /** Whether more was due than one step takes. */
  readonly isRepeated: boolean
  /** What has expired, but stays in the index while the server takes no writes. */
  readonly left: ReadonlySet<string>
}

/**
 * Takes out of the index what has expired.
 *
 * @param isTold Whether what cannot be taken out is wanted by name: that may be much.
 */
export async function sweep(
  store: Store,
  shard: ShardKeys,
  purpose: Purpose,
  isTold: boolean,
): Promise<Swept> {
  for (let step = 0; ; step++) {
    const keys = [shard.expiry, shard.log, shard.index]
    const arguments_ = [sweptAtOnce, store.changes, store.nextOperation(true), isTold ? "1" : ""]
    const due = await store.run(shard, store.scripts.sweep, keys, arguments_, purpose)
    const left = new Set(Array.isArray(due) ? (due as string[]) : [])
    if (left.size > 0 || Number(due) < Number(sweptAtOnce)) return { isRepeated: step > 0, left }
  }
}

/** The range of the index that lies below `prefix`: "" or with a "/" at its end, behind which comes "0". */
function rangeOf(prefix: string): [from: string, to: string] {
  if (prefix === "") return ["-", "+"]
  const stored = storedKey(prefix)
  return [`[${stored}`, `(${stored.slice(0, -1)}0`]
}
