import { type DeleteRequest, storedKey } from "@persist/core"
import { Done } from "../connection/done.ts"
import { isUnlaidReply, refusalOf } from "../errors/write-errors.ts"
import { allKeys } from "../layout/keyspace.ts"
import type { Store } from "../store.ts"
import { decideBackup, idsAt, noBackup, retentionOf } from "./backup.ts"
import { expectedRevision } from "./write-value.ts"

/** Removes the value of `key`. @returns Whether there was one. */
export async function removeValue(
  store: Store,
  key: string,
  request: DeleteRequest,
): Promise<boolean> {
  const stored = storedKey(key)
  const purpose = { operation: "delete", key, signal: request.signal }
  for (;;) {
    // Without a turn of its own: what is asked for next must not be sent before.
    const backup = request.backup === undefined ? noBackup : await decideBackup(store, key, request)
    const shard = store.keyspace.of(stored)
    const operation = store.nextOperation(request.ifRevision !== undefined)
    const [, ...kept] = retentionOf(request.retention, store.clock())
    const arguments_ = [
      stored,
      operation,
      expectedRevision(request.ifRevision),
      request.fence === undefined ? "" : String(request.fence),
      store.changes,
      request.history ? idsAt(store.clock()) : "",
      backup.id,
      backup.seen,
      ...kept,
      store.shards,
    ]
    store.caller.deletedAt = performance.now()
    const reply = await store
      .mutate(shard, store.scripts.remove, allKeys(shard, stored), arguments_, purpose, operation)
      .catch((error) => {
        if (error instanceof Done) return 1
        throw error
      })
    if (!Array.isArray(reply)) return reply === 1
    const refusal = refusalOf(key, request.fence, reply)
    if (refusal !== undefined) throw refusal
    if (isUnlaidReply(reply)) await store.layout.askFor(shard)
  }
}
