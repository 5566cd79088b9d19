import { callOf, isAny, type Part, type PartKind } from "../connection/call.ts"
import type { Argument } from "../connection/client.ts"
import { copiesKey, historyKey, recordKey, type ShardKeys } from "../layout/keyspace.ts"
import type { Manifest } from "../layout/manifest.ts"
import type { Script } from "../scripts/script.ts"

/** A save on its way to the short script. */
export interface PlainSave extends Part {
  readonly kind: PlainSaves
  /** The key, as it is stored. */
  readonly stored: string
  /** The revision that must be there, as the script takes it. */
  readonly expected: string
  /** The head of its record, behind the change's id. */
  readonly head: string
  readonly version: string | undefined
}

const most: PartKind["most"] = Object.freeze({ parts: 32, bytes: 64 * 1024 })

/** Makes one command of the plain saves of a shard that are sent together: a hot path. */
export class PlainSaves implements PartKind {
  readonly script: Script
  readonly most: PartKind["most"] = most
  readonly shard: ShardKeys
  readonly manifest: Manifest

  constructor(script: Script, shard: ShardKeys, manifest: Manifest) {
    this.script = script
    this.shard = shard
    this.manifest = manifest
  }

  again(save: PlainSave, wish: string): PlainSave {
    return isAny(save.expected) ? { ...save, expected: wish } : save
  }

  commandFor(saves: readonly PlainSave[]): Argument[] {
    const { shard } = this
    const { changes, shards } = this.manifest
    const keys = [shard.index, shard.log, shard.expiry]
    const arguments_: Argument[] = [String(changes), String(shards)]
    let isVersioned = false
    for (const { stored, expected, head, version } of saves) {
      keys.push(recordKey(shard, stored))
      arguments_.push(expected, head)
      if (version === undefined) continue
      keys.push(historyKey(shard, stored), copiesKey(shard, stored))
      isVersioned = true
    }
    const versions = isVersioned ? saves.map(({ version }) => version ?? "-").join(" ") : ""
    arguments_.push(versions, Buffer.concat(saves.map(({ bytes }) => bytes)))
    return callOf(this.script, keys, arguments_)
  }
}
