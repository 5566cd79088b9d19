import { applyPatch } from "../../diff/patch.ts"
import { hasChanged } from "./all-checkpoints.ts"
import type { StoredCheckpoint } from "./checkpoint.ts"
import type { Base } from "./checkpoint-content.ts"
import { brokenChain } from "./checkpoint-errors.ts"
import type { CheckpointStore } from "./checkpoint-store.ts"

/** The data of `stored`, made from its base and changes; undefined when it is gone. */
export async function rebuilt(
  store: CheckpointStore,
  name: string,
  stored: StoredCheckpoint,
  signal: AbortSignal | undefined,
): Promise<Base | undefined> {
  const chain = [stored]
  for (let last = stored.record.content; "base" in last; ) {
    // A file that was copied over another may lead back to itself.
    if (!(last.base < chain.at(-1)!.id)) throw brokenChain(name, stored.id, last.base)
    const base = await store.read(name, last.base, signal)
    if (base === undefined) {
      // While they were read, retention may have put one of them on another base.
      if (await hasChanged(store, name, chain, signal)) return store.data(name, stored.id, signal)
      throw brokenChain(name, stored.id, last.base)
    }
    chain.push(base)
    last = base.record.content
  }
  let data: unknown
  for (const { record } of chain.reverse()) {
    data = "base" in record.content ? applyPatch(data, record.content.patch) : record.content.data
  }
  return { id: stored.id, data, depth: chain.length - 1 }
}
