import type { Change } from "@persist/core"
import { isAway } from "../errors/connection-errors.ts"
import type { Keyspace } from "../layout/keyspace.ts"
import { sweep } from "../listing/listing.ts"
import type { Store } from "../store.ts"
import { Bell } from "./bell.ts"
import { type LogPage, LogReader } from "./log-reader.ts"
import type { WakeUps } from "./wake-ups.ts"

/** Milliseconds between two looks that nobody has asked for, and between two attempts at a server that is away. */
const pauses = { idle: 1_000, away: 100 }
/** Milliseconds that a beginning may take; what others change during a longer one is told as a gap. */
const promptly = 100

/** A watch whose place in the logs is marked. */
export interface BegunWatch {
  readonly store: Store
  readonly prefix: string
  readonly keyspace: Keyspace
  readonly readers: readonly LogReader[]
  readonly bell: Bell
  /** Whether nothing can have been missed since it was asked for. */
  readonly isAtOnce: boolean
  /** How long to wait first. */
  readonly pause: number
}

/** Marks where a watch below `prefix` begins: what is sent after this call is told. */
export async function beginWatch(
  store: Store,
  wakeUps: WakeUps,
  prefix: string,
  signal: AbortSignal,
): Promise<BegunWatch> {
  const bell = new Bell(signal)
  const { keyspace } = store
  const readers = readersOf(store, prefix, wakeUps)
  wakeUps.add(keyspace.shards, bell)
  try {
    const isListening = readers.every(({ shard }) => wakeUps.listen(shard))
    const began = performance.now()
    const pause = await begin(readers, wakeUps)
    signal.throwIfAborted()
    const isAtOnce = isListening && performance.now() - began < promptly
    return { store, prefix, keyspace, readers, bell, isAtOnce, pause }
  } catch (error) {
    wakeUps.remove(keyspace.shards, bell)
    throw error
  }
}

/**
 * Tells what happens after a beginning, from the logs of all shards.
 *
 * @param isLate Whether others may have changed something between the call and the beginning: then a gap comes first.
 */
export async function* watchChanges(
  wakeUps: WakeUps,
  { store, prefix, bell, isAtOnce, ...begun }: BegunWatch,
  signal: AbortSignal,
  isLate: boolean,
): AsyncGenerator<Change, void, undefined> {
  let { keyspace, readers, pause } = begun
  try {
    let due = readers
    if (isLate || !isAtOnce) yield { type: "gap", key: "" }
    while (!signal.aborted) {
      if (store.keyspace !== keyspace) {
        // Emptied and laid out otherwise: what is read now begins with a gap.
        wakeUps.remove(keyspace.shards, bell)
        keyspace = store.keyspace
        wakeUps.add(keyspace.shards, bell)
        readers = readersOf(store, prefix, wakeUps)
        due = readers
      }
      const pages = await Promise.all(due.map((reader) => look(reader, wakeUps)))
      const found = due.filter((_, index) => pages[index]?.isFull)
      pause = pages.includes(undefined) ? pauses.away : pause
      for (const page of pages) if (page !== undefined) yield* page.changes
      if (found.length > 0) {
        due = found
        continue
      }
      const rung = await bell.wait(pause - (performance.now() % pause))
      pause = pauses.idle
      due = rung.size === 0 ? readers : readers.filter(({ shard }) => rung.has(shard.shard))
      if (rung.size === 0) await wakeUps.questions.ask("expire", () => expire(store))
    }
  } finally {
    wakeUps.remove(keyspace.shards, bell)
  }
}

function readersOf(store: Store, prefix: string, { questions }: WakeUps): LogReader[] {
  return store.keyspace.shards.map((shard) => new LogReader(store, shard, prefix, questions))
}

/** Marks where the watch begins. @returns How long to wait first. */
async function begin(readers: readonly LogReader[], wakeUps: WakeUps): Promise<number> {
  const beginnings = readers.map((reader) => {
    wakeUps.listen(reader.shard)
    return reader.begin()
  })
  // Where it does not come to that, the first look reports a gap.
  const results = await Promise.allSettled(beginnings)
  const failed = results.find(({ status }) => status === "rejected")
  if (failed === undefined) return pauses.idle
  const { reason } = failed as PromiseRejectedResult
  if (!isAway(reason)) throw reason
  return pauses.away
}

/** `undefined` while the server is away: then nothing is missed, the log is read on when it is back. */
async function look(reader: LogReader, wakeUps: WakeUps): Promise<LogPage | undefined> {
  wakeUps.listen(reader.shard)
  try {
    return await reader.read()
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

/** Lets values that have expired be told as deleted. */
async function expire(store: Store): Promise<void> {
  const purpose = { operation: "watch", key: "", signal: undefined }
  try {
    await Promise.all(store.keyspace.shards.map((shard) => sweep(store, shard, purpose, false)))
  } catch (error) {
    if (!isAway(error)) throw error
  }
}
