import { type Change, keyFromStored } from "@persist/core"
import type { ShardKeys } from "../layout/keyspace.ts"
import { revisionOf } from "../layout/record.ts"
import { unlaid } from "../scripts/includes.ts"
import type { Store } from "../store.ts"

/** Entries that one look takes at first, and at most where there is always more: in each turn many may be added. */
const entriesPerRead = { first: 500, most: 4_000 }

type LogEntry = readonly [id: string, fields: readonly string[]]

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
  #last: string | undefined
  #most = entriesPerRead.first

  constructor(store: Store, shard: ShardKeys, prefix: string) {
    this.#store = store
    this.shard = shard
    this.#prefix = prefix
  }

  /** Begins at the end of the log; nowhere when the prefix has no such shard any more. */
  async begin(): Promise<void> {
    const { layout, scripts, shards } = this.#store
    const purpose = { operation: "watch", key: "", signal: undefined }
    const { log } = this.shard
    this.#last = undefined
    while (this.#store.keyspace.has(this.shard)) {
      const last = await this.#store.run(this.shard, scripts.anchor, [log], [shards], purpose)
      if (last !== unlaid) {
        this.#last = String(last)
        return
      }
      await layout.askFor(this.shard)
    }
  }

  /** What came since; a gap when the entry seen last is gone: trimmed away, or lost in a failover. */
  async read(): Promise<LogPage> {
    if (this.#last === undefined) return this.#gap()
    const most = this.#most
    const limit = String(most + 1)
    const command = ["XRANGE", this.shard.log, this.#last, "+", "COUNT", limit]
    const purpose = { operation: "watch", key: "", signal: undefined }
    const entries = (await this.#store.ask(this.shard.shard, command, purpose)) as LogEntry[]
    if (entries[0]?.[0] !== this.#last) return this.#gap()
    this.#last = entries.at(-1)![0]
    const changes = entries.slice(1).flatMap((entry) => this.#changeOf(entry))
    const isFull = entries.length > most
    this.#most = isFull ? Math.min(most * 2, entriesPerRead.most) : entriesPerRead.first
    return { changes, isFull }
  }

  async #gap(): Promise<LogPage> {
    // From here on first, then the gap: what changes while its receiver looks at everything is told again.
    await this.begin()
    return { changes: [{ type: "gap", key: "" }], isFull: true }
  }

  #changeOf([id, [type, stored, , operation]]: LogEntry): readonly Change[] {
    if (type !== "s" && type !== "d") return []
    const key = keyFromStored(stored!)
    if (!key.startsWith(this.#prefix)) return []
    if (type === "d") return [{ type: "delete", key }]
    return [{ type: "save", key, revision: revisionOf(id, operation!) }]
  }
}
