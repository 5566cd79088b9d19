import { type Entry, PersistError, type Storage } from "@persist/core"
import type { CheckpointStore } from "./checkpoints/checkpoint-store.ts"
import type { RecentBase } from "./checkpoints/recent-bases.ts"
import { openEnvelope, type StateMetadata, sealEnvelope } from "./envelope.ts"
import type { StateInfosOptions } from "./options.ts"
import type { OpenedState, StateCodec } from "./state-codec.ts"
import { type StateInfo, stateInfo } from "./state-info.ts"

/** How a state is written. */
export interface StateWrite {
  readonly backup?: boolean | undefined
  readonly ifRevision?: string | null | undefined
  readonly signal?: AbortSignal | undefined
}

/** A state and what is known of it. */
export interface LoadedState<Data> {
  readonly data: Data
  readonly info: StateInfo
}

/** What is said of a checkpoint. */
export interface CheckpointFacts {
  readonly label?: string | undefined
  readonly version?: number | undefined
  readonly restored?: string
  readonly forkedFrom?: { readonly name: string; readonly id: string }
}

/** The folder of states in a storage. */
export const subfolder = "states"

/** Reads and writes states in their stored form, upgrades old ones, and records checkpoints. */
export class StateStore<Data, Input> {
  readonly storage: Storage
  readonly codec: StateCodec<Data, Input>
  readonly #checkpoints: CheckpointStore
  readonly #clock: () => number

  constructor(
    storage: Storage,
    codec: StateCodec<Data, Input>,
    checkpoints: CheckpointStore,
    clock: () => number,
  ) {
    this.storage = storage
    this.codec = codec
    this.#checkpoints = checkpoints
    this.#clock = clock
  }

  /** The time of a save. */
  now(): string {
    return new Date(this.#clock()).toISOString()
  }

  /**
   * Looks at what a save would replace. Only a manager with a version can tell; a damaged state may be
   * replaced.
   *
   * @throws `ERR_PERSIST_NEWER`
   */
  async assertReplaceable(name: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.codec.version === undefined) return
    try {
      const found = await this.storage.loadEntry(name, { subfolder, ...(signal && { signal }) })
      if (found !== undefined) this.codec.assertKnown(name, found.value)
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_CORRUPT")) throw error
    }
  }

  /** Writes a sealed state. */
  async write(name: string, sealed: unknown, write: StateWrite): Promise<Entry> {
    const { backup = true, ifRevision, signal } = write
    const entry = await this.storage.save(name, sealed, {
      subfolder,
      backup: backup && this.storage.supports.history,
      ...(ifRevision !== undefined && { ifRevision }),
      ...(signal && { signal }),
    })
    if (typeof ifRevision === "string")
      this.#checkpoints.recent.moved(name, ifRevision, entry.revision)
    return entry
  }

  /** The current state, of an old version upgraded: in memory, checked, backed up, one atomic write. */
  async read(name: string, signal?: AbortSignal): Promise<LoadedState<Data> | undefined> {
    const found = await this.storage.loadEntry(name, { subfolder, ...(signal && { signal }) })
    if (found === undefined) return undefined
    const opened = await this.codec.open(name, found.value)
    if (!opened.isUpgraded)
      return { data: opened.data, info: stateInfo(found.entry, opened.metadata) }
    try {
      const metadata = this.#upgradedMetadata(name, found.entry, opened)
      const ifRevision = found.entry.revision
      const sealed = sealEnvelope(opened.upgraded, metadata)
      const entry = await this.write(name, sealed, { ifRevision, signal })
      return { data: opened.data, info: stateInfo(entry, metadata) }
    } catch (error) {
      // Somebody else saved or upgraded it: theirs is the state.
      if (PersistError.is(error, "ERR_PERSIST_CONFLICT")) return this.read(name, signal)
      throw error
    }
  }

  /** What is known of the current state; checks nothing. */
  async info(name: string, signal?: AbortSignal): Promise<StateInfo | undefined> {
    const found = await this.storage.loadEntry(name, { subfolder, ...(signal && { signal }) })
    return found && stateInfo(found.entry, openEnvelope(found.value).metadata)
  }

  /** What is known of every state, with `details` by its own metadata. */
  async *infos({
    details = false,
    ...list
  }: StateInfosOptions): AsyncGenerator<StateInfo, void, undefined> {
    for await (const entry of this.storage.entries({ subfolder, ...list })) {
      const info = details ? await this.info(entry.key, list.signal) : stateInfo(entry)
      if (info !== undefined) yield info
    }
  }

  /** Adds a checkpoint to the history; the state stays as it is. @returns Its id. */
  async recordCheckpoint(name: string, data: unknown, facts: CheckpointFacts): Promise<string> {
    return (await this.addCheckpoint(name, data, facts)).checkpoint!
  }

  /** Records a checkpoint, then writes the state that names it; without the second there is no first. */
  async writeCheckpoint(
    name: string,
    data: unknown,
    facts: CheckpointFacts,
    write: StateWrite,
  ): Promise<StateInfo> {
    const metadata = await this.addCheckpoint(name, data, facts)
    try {
      const entry = await this.write(name, sealEnvelope(data, metadata), write)
      this.#checkpoints.recent.named(name, metadata.checkpoint!, entry.revision)
      return stateInfo(entry, metadata)
    } catch (error) {
      await this.retractCheckpoint(metadata, error)
      throw error
    }
  }

  /**
   * Adds a checkpoint to the history.
   *
   * @param isAsLeft Whether the state is as the last checkpoint of ours left it.
   * @returns The metadata of the state that it is to be of.
   */
  async addCheckpoint(
    name: string,
    data: unknown,
    { label, version, ...origin }: CheckpointFacts,
    isAsLeft: (last: RecentBase) => boolean | Promise<boolean> = (last) =>
      this.#isAt(name, last.revision),
  ): Promise<StateMetadata> {
    const savedAt = this.now()
    const facts = { savedAt, ...said(label, version), ...origin }
    const checkpoint = await this.#checkpoints.add(name, data, facts, isAsLeft)
    return { name, savedAt, checkpoint, ...said(label, version) }
  }

  /** Takes back a checkpoint of which no state came, unless nobody knows whether one did. */
  async retractCheckpoint({ name, checkpoint }: StateMetadata, error?: unknown): Promise<void> {
    if (checkpoint === undefined || PersistError.is(error, "ERR_PERSIST_INDETERMINATE")) return
    await this.#checkpoints.retract(name, checkpoint).catch(() => {})
  }

  async #isAt(name: string, revision: string | undefined): Promise<boolean> {
    if (revision === undefined) return false
    return (await this.storage.stat(name, { subfolder }))?.revision === revision
  }

  #upgradedMetadata(name: string, entry: Entry, { metadata }: OpenedState<Data>): StateMetadata {
    const savedAt = metadata?.savedAt ?? entry.savedAt.toISOString()
    return { ...metadata, name, savedAt, version: this.codec.version }
  }
}

function said(label: string | undefined, version: number | undefined) {
  return { ...(label !== undefined && { label }), ...(version !== undefined && { version }) }
}
