import { randomBytes } from "node:crypto"
import { type Call, callOf, type Part } from "./connection/call.ts"
import type { Caller } from "./connection/caller.ts"
import { type Argument, asBuffers, type CommandMode, type Reply } from "./connection/client.ts"
import { Keyspace, type ShardKeys } from "./layout/keyspace.ts"
import type { Manifest } from "./layout/manifest.ts"
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

/** What a store is made of. */
export interface StoreParts {
  readonly caller: Caller
  readonly scripts: Scripts
  readonly clock: () => number
  /** Whether replicas confirm writes. */
  readonly isReplicated: boolean
}

/** One prefix on a server, laid out: what the operations of a storage are made of. */
export class Store {
  readonly keyspace: Keyspace
  readonly scripts: Scripts
  readonly caller: Caller
  /** How many changes the log of each shard keeps, as an argument. */
  readonly changes: string
  readonly clock: () => number
  readonly #origin = randomBytes(6).toString("base64url")
  readonly #isReplicated: boolean
  /** By shard. */
  readonly #plainSaves: PlainSaves[] = []
  #count = 0

  constructor(prefix: string, manifest: Manifest, parts: StoreParts) {
    this.keyspace = new Keyspace(prefix, manifest.shards)
    this.changes = String(manifest.changes)
    this.caller = parts.caller
    this.scripts = parts.scripts
    this.clock = parts.clock
    this.#isReplicated = parts.isReplicated
  }

  /** What the plain saves of a shard go through. */
  plainSavesOf(shard: ShardKeys): PlainSaves {
    this.#plainSaves[shard.shard] ??= new PlainSaves(this.scripts.savePlain, shard, this.changes)
    return this.#plainSaves[shard.shard]!
  }

  /** An id that no other operation has, of any process. */
  nextOperation(): string {
    return this.#origin + (this.#count++).toString(36)
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
