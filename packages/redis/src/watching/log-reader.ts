import { type Change, keyFromStored } from "@persist/core"
import type { ShardKeys } from "../layout/keyspace.ts"
import { revisionOf } from "../layout/record.ts"
import type { Store } from "../store.ts"
import type { Questions } from "./questions.ts"

/** More than are added in one turn of the event loop by thousands of saves at a time: else a watch falls behind them. */
const entriesPerRead = 4_000

type LogEntry = readonly [id: string, fields: readonly string[]]

/** An entry that was seen: its id alone may come again, where the log was removed in the same millisecond. */
interface Seen {
  readonly id: string
  readonly operation: string
}

/** What the log holds from an entry on. */
interface Read {
  readonly first: Seen | undefined
  readonly last: Seen | undefined
  /** What came behind the first, of all keys. */
  readonly changes: readonly Change[]
  readonly isFull: boolean
}

/** What came out of one look at the log. */
export interface LogPage {
  readonly changes: readonly Change[]
  /** Whether there may be more at once. */
  readonly isFull: boolean
}

/** Follows the log of one shard: knows the last entry that it has seen, and whether that is still there. */
export class LogReader {
  readonly shard: ShardKeys
  readonly #store: Store
  readonly #prefix: string
  readonly #questions: Questions
  #last: Seen | undefined

  constructor(store: Store, shard: ShardKeys, prefix: string, questions: Questions) {
    this.#store = store
    this.shard = shard
    this.#prefix = prefix
    this.#questions = questions
  }

  /** Begins at the end of the log; nowhere when the prefix has no such shard any more. */
  async begin(): Promise<void> {
    const { layout, scripts, shards } = this.#store
    const purpose = { operation: "watch", key: "", signal: undefined }
    const { log } = this.shard
    this.#last = undefined
    while (this.#store.keyspace.has(this.shard)) {
      const last = await this.#store.run(this.shard, scripts.anchor, [log], [shards], purpose)
      if (Array.isArray(last)) {
        const [id, operation] = last.map(String)
        this.#last = { id: id!, operation: operation! }
        return
      }
      await layout.askFor(this.shard)
    }
  }

  /** What came since; a gap when the entry seen last is gone: trimmed away, or lost in a failover. */
  async read(): Promise<LogPage> {
    const last = this.#last
    if (last === undefined) return this.#gap()
    const what = `${this.shard.log} ${last.id}`
    const { first, changes, ...read } = await this.#questions.ask(what, () =>
      this.#readFrom(last.id),
    )
    if (first?.id !== last.id || first.operation !== last.operation) return this.#gap()
    this.#last = read.last
    const own = changes.filter(({ key }) => key.startsWith(this.#prefix))
    return { changes: own, isFull: read.isFull }
  }

  async #readFrom(id: string): Promise<Read> {
    const limit = String(entriesPerRead + 1)
    const command = ["XRANGE", this.shard.log, id, "+", "COUNT", limit]
    const purpose = { operation: "watch", key: "", signal: undefined }
    const entries = (await this.#store.ask(this.shard.shard, command, purpose)) as LogEntry[]
    return {
      first: seenIn(entries[0]),
      last: seenIn(entries.at(-1)),
      changes: entries.slice(1).flatMap(changeOf),
      isFull: entries.length > entriesPerRead,
    }
  }

  async #gap(): Promise<LogPage> {
    // From here on first, then the gap: what changes while its receiver looks at everything is told again.
    await this.begin()
    return { changes: [{ type: "gap", key: "" }], isFull: true }
  }
}

function seenIn(entry: LogEntry | undefined): Seen | undefined {
  return entry && { id: entry[0], operation: entry[1][3]! }
}

function changeOf([id, [type, stored, , operation]]: LogEntry): readonly Change[] {
  if (type !== "s" && type !== "d") return []
  const key = keyFromStored(stored!)
  if (type === "d") return [{ type: "delete", key }]
  return [{ type: "save", key, revision: revisionOf(id, operation!) }]
}
