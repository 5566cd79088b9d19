import { randomBytes } from "node:crypto"
import { type Call, callOf, type Part } from "./connection/call.ts"
import type { Caller } from "./connection/caller.ts"
import { type Argument, asBuffers, type CommandMode, type Reply } from "./connection/client.ts"
import { type Keyspace, manifestKey, type ShardKeys } from "./layout/keyspace.ts"
import { type Lay, Layout } from "./layout/layout.ts"
import { layoutVersion, type Manifest, readManifest } from "./layout/manifest.ts"
import type { Script } from "./scripts/script.ts"
import type { Scripts } from "./scripts/scripts.ts"
import { PlainSaves } from "./writing/plain-saves.ts"

/** What one call is for. */
export interface Purpose {
  readonly operation: string
  readonly key: string
  readonly signal: AbortSignal | undefined
  /** Whether replicas have to confirm it, where that is asked for. @default false; always for a mutation */
  readonly isWrite?: boolean
}

/** How a prefix is to be laid out. */
export interface LayoutWish {
  readonly prefix: string
  /** How many shards the user has asked for. */
  readonly wanted: number | undefined
  /** How it becomes where it is not laid out yet. */
  readonly manifest: Manifest
}

/** What a store is made of. */
export interface StoreParts {
  callerFor(layout: Layout): Caller
  readonly scripts: Scripts
  readonly clock: () => number
  /** Whether replicas confirm writes. */
  readonly isReplicated: boolean
}

/** One prefix on a server: what the operations of a storage are made of. */
export class Store {
  readonly layout: Layout
  readonly scripts: Scripts
  readonly caller: Caller
  readonly clock: () => number
  readonly #origin = randomBytes(6).toString("base64url")
  readonly #isReplicated: boolean
  /** By shard. */
  readonly #plainSaves: PlainSaves[] = []
  #count = 0

  constructor(layout: LayoutWish, parts: StoreParts) {
    const lay: Lay = (shard, manifest) => this.#layOut(layout.prefix, shard, manifest)
    this.layout = new Layout(layout.prefix, layout.wanted, layout.manifest, lay)
    this.caller = parts.callerFor(this.layout)
    this.scripts = parts.scripts
    this.clock = parts.clock
    this.#isReplicated = parts.isReplicated
  }

  get keyspace(): Keyspace {
    return this.layout.keyspace
  }

  /** How many changes the log of each shard keeps, as an argument. */
  get changes(): string {
    return String(this.layout.manifest.changes)
  }

  /** How many shards there are, as an argument. */
  get shards(): string {
    return String(this.layout.manifest.shards)
  }

  /** What the plain saves of a shard go through. */
  plainSavesOf(shard: ShardKeys): PlainSaves {
    const { manifest } = this.layout
    const known = this.#plainSaves[shard.shard]
    if (known?.manifest === manifest) return known
    const saves = new PlainSaves(this.scripts.savePlain, shard, manifest)
    this.#plainSaves[shard.shard] = saves
    return saves
  }

  /**
   * An id that no other operation has, of any process.
   *
   * @param isApart Whether what was asked for before must not give way to it: because it requires a revision, which
   * would not have been there then, or because nobody has asked for it.
   */
  nextOperation(isApart = false): string {
    return (isApart ? "." : "") + this.#origin + (this.#count++).toString(36)
  }

  /** One command that only reads, or that does no harm when it is done twice. */
  ask(
    shard: number,
    command: readonly Argument[],
    { operation, key, signal }: Purpose,
    mode?: CommandMode,
  ): Promise<Reply> {
    return this.caller.call({
      shard,
      script: undefined,
      command,
      mode,
      operation,
      key,
      signal,
      began: performance.now(),
      tag: undefined,
      mutation: undefined,
    })
  }

  /** A script that only reads, or that does no harm when it is done twice. */
  run(
    shard: ShardKeys,
    script: Script,
    keys: readonly string[],
    arguments_: readonly Argument[],
    purpose: Purpose,
    mode?: CommandMode,
  ): Promise<Reply> {
    return this.caller.call(this.#call(shard, script, keys, arguments_, purpose, mode, undefined))
  }

  /** A script that must not be done twice; the server knows it by `id`. */
  mutate(
    shard: ShardKeys,
    script: Script,
    keys: readonly string[],
    arguments_: readonly Argument[],
    purpose: Purpose,
    id: string,
    mode?: CommandMode,
  ): Promise<Reply> {
    return this.caller.call(
      this.#call(shard, script, keys, arguments_, purpose, mode, { id, log: shard.log }),
    )
  }

  /** `mutate` for a part, which is sent with others of this moment. */
  mutateTogether(
    { shard, tag, log }: ShardKeys,
    part: Part,
    { operation, key, signal }: Purpose,
    id: string,
  ): Promise<Reply> {
    return this.caller.call({
      shard,
      script: part.kind.script,
      command: part,
      mode: asBuffers,
      operation,
      key,
      signal,
      began: performance.now(),
      tag: this.#isReplicated ? tag : undefined,
      mutation: { id, log },
    })
  }

  async #layOut(
    prefix: string,
    shard: ShardKeys,
    { shards, changes }: Manifest,
  ): Promise<Manifest> {
    const arguments_ = [layoutVersion, String(shards), String(changes)]
    const purpose = { operation: "opening", key: "", signal: undefined }
    const keys = [manifestKey(shard)]
    const answer = await this.run(shard, this.scripts.manifest, keys, arguments_, purpose)
    return readManifest(prefix, answer as readonly unknown[])
  }

  #call(
    { shard, tag }: ShardKeys,
    script: Script,
    keys: readonly string[],
    arguments_: readonly Argument[],
    { operation, key, signal, isWrite = false }: Purpose,
    mode: CommandMode | undefined,
    mutation: Call["mutation"],
  ): Call {
    const command = callOf(script, keys, arguments_)
    const began = performance.now()
    const confirmed = this.#isReplicated && (mutation !== undefined || isWrite) ? tag : undefined
    return { shard, script, command, mode, operation, key, signal, began, tag: confirmed, mutation }
  }
}
