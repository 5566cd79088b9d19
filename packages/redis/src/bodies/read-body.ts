import { asBuffers } from "../connection/client.ts"
import { bodyKey, type ShardKeys } from "../layout/keyspace.ts"
import type { Purpose, Store } from "../store.ts"
import { pieceSize } from "./stage-body.ts"

/**
 * Reads bytes that lie outside of their record, piece by piece, so that others get their turn in between.
 *
 * @returns `undefined` when they are gone.
 */
export async function readBody(
  store: Store,
  shard: ShardKeys,
  { body, size }: { readonly body: string | undefined; readonly size: number },
  purpose: Purpose,
): Promise<Buffer | undefined> {
  const key = bodyKey(shard, body!)
  const piece = async (start: number) => {
    const command = ["GETRANGE", key, String(start), String(start + pieceSize - 1)]
    return (await store.ask(shard.shard, command, purpose, asBuffers)) as Buffer
  }
  if (size <= pieceSize) {
    const bytes = await piece(0)
    return bytes.length === size ? bytes : undefined
  }
  const whole = Buffer.allocUnsafe(size)
  for (let start = 0; start < size; ) {
    const bytes = await piece(start)
    if (bytes.length === 0) return undefined
    start += bytes.copy(whole, start)
  }
  return whole
}
