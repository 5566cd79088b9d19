import { PersistError } from "@persist/core"
import { type StateDiff, type StateHistory, stateDiff } from "./checkpoints/state-history.ts"
import type { ThinningPlan, ThinningPolicy } from "./checkpoints/thinning.ts"
import { openEnvelope, type StateMetadata, sealEnvelope } from "./envelope.ts"
import type {
  DeleteStateOptions,
  ForkStateOptions,
  SaveStateOptions,
  ThinHistoryOptions,
  UpdateStateOptions,
} from "./options.ts"
import { type StateInfo, stateInfo } from "./state-info.ts"
import { type StateStore, subfolder } from "./state-store.ts"

/** What a `StateManager` does to states and their history together. */
export class StateUpdates<Data, Input> {
  readonly #store: StateStore<Data, Input>
  readonly #history: StateHistory

  constructor(store: StateStore<Data, Input>, history: StateHistory) {
    this.#store = store
    this.#history = history
  }

  async save(name: string, data: Input, options: SaveStateOptions): Promise<StateInfo> {
    const { checkpoint = false, ...write } = options
    const metadata = { name, savedAt: this.#store.now() }
    const { sealed, checking } = this.#store.codec.seal(data, metadata)
    const { version } = this.#store.codec
    if (checkpoint === false && version === undefined && checking === undefined) {
      return stateInfo(await this.#store.write(name, sealed, write), metadata)
    }
    // What is saved is the data as it is now, whatever the caller does to it meanwhile.
    const frozen = this.#frozen(name, data, sealed, checking)
    if (checking) await checking
    await this.#store.assertReplaceable(name, write.signal)
    if (checkpoint === false) {
      return stateInfo(await this.#store.write(name, frozen, write), { ...metadata, version })
    }
    const { data: recorded } = openEnvelope(frozen)
    return this.#store.writeCheckpoint(name, recorded, this.#facts(checkpoint), write)
  }

  async update<T, N>(
    name: string,
    change: (current: T) => N | Promise<N>,
    options: UpdateStateOptions<T>,
  ): Promise<N> {
    if (typeof change !== "function") {
      const message = `updateState "${name}": the change is ${typeof change}; give a function.`
      throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message, { key: name })
    }
    const { default: initial, backup = true, checkpoint = false, timeout, signal } = options
    const { codec, storage } = this.#store
    let result: N
    let recording: Promise<StateMetadata> | undefined
    let isOver = false
    const next = async (stored: unknown) => {
      // An earlier run met another writer.
      if (recording) await this.#store.retractCheckpoint(await recording)
      recording = undefined
      const opened = stored === undefined ? undefined : await codec.open(name, stored)
      result = await change((opened === undefined ? initial : opened.data) as T)
      // A manager without versions leaves the one that is there, or its steps would run once more.
      const kept = opened?.metadata?.version
      const metadata = { name, savedAt: this.#store.now(), version: kept }
      const { sealed, checking } = codec.seal(result as unknown as Input, metadata)
      if (checkpoint === false && checking === undefined && result !== undefined) return sealed
      const frozen = this.#frozen(name, result, sealed, checking)
      await checking
      if (checkpoint === false || isOver) return frozen
      const { data } = openEnvelope(frozen)
      const named = opened?.metadata?.checkpoint
      recording = this.#store.addCheckpoint(
        name,
        data,
        this.#facts(checkpoint, kept),
        ({ id }) => id === named,
      )
      return sealEnvelope(data, await recording)
    }
    try {
      await storage.update<unknown>(name, next, {
        subfolder,
        backup: backup && storage.supports.history,
        ...(timeout !== undefined && { timeout }),
        ...(signal && { signal }),
      })
    } catch (error) {
      // A signal ends the update at once, whatever `next` is about.
      isOver = true
      const recorded = await recording?.catch(() => undefined)
      if (recorded) await this.#store.retractCheckpoint(recorded, error)
      throw error
    }
    return result!
  }

  async delete(name: string, { history = false, signal }: DeleteStateOptions): Promise<boolean> {
    const { storage } = this.#store
    const deleted = await storage.delete(name, {
      subfolder,
      history: history && storage.supports.history,
      ...(signal && { signal }),
    })
    if (history) await this.#history.clear(name)
    return deleted
  }

  /** Checkpoint data as the program knows it: upgraded and checked, but not written. */
  async loadAt(name: string, at: string, signal: AbortSignal | undefined): Promise<Data> {
    const { data, version } = await this.#history.load(name, at, signal)
    const metadata = { name, savedAt: "", version }
    return (await this.#store.codec.openData(name, data, metadata)).data
  }

  /** What changed between two checkpoints, or to the current state. */
  async diff(
    name: string,
    from: string,
    to: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<StateDiff> {
    const before = await this.#history.load(name, from, signal)
    const after =
      to === undefined ? await this.#raw(name, signal) : await this.#history.load(name, to, signal)
    return stateDiff(before.data, after.data)
  }

  async restore(name: string, at: string, signal: AbortSignal | undefined): Promise<StateInfo> {
    const { id, data, version } = await this.#history.load(name, at, signal)
    await this.#store.assertReplaceable(name, signal)
    return this.#store.writeCheckpoint(name, data, { restored: id, version }, { signal })
  }

  async fork(name: string, newName: string, { at, signal }: ForkStateOptions): Promise<StateInfo> {
    if (await this.#store.storage.exists(newName, { subfolder, signal })) {
      const message = `There is a state "${newName}" already; fork "${name}" to another name, or delete that one first.`
      throw new PersistError("ERR_PERSIST_CONFLICT", message, { key: newName })
    }
    // Once something is written, the signal does not end it: half a fork would protect a checkpoint for a state that is not there.
    const { id, data, version } =
      at === undefined
        ? await this.#record(name, signal)
        : await this.#history.load(name, at, signal)
    await this.#history.describe(name, id, (record) => ({
      ...record,
      forks: [...new Set([...(record.forks ?? []), newName])],
    }))
    const facts = { forkedFrom: { name, id }, version }
    return this.#store.writeCheckpoint(newName, data, facts, { ifRevision: null })
  }

  /** Thins the history; the checkpoint that the state names stays. */
  async thin(
    name: string,
    policy: ThinningPolicy,
    options: ThinHistoryOptions,
  ): Promise<ThinningPlan> {
    const current = async () => {
      const info = await this.#store.info(name, options.signal).catch((error) => {
        // It names none any more; what can be read of its history is thinned all the same.
        if (!PersistError.is(error, "ERR_PERSIST_CORRUPT")) throw error
      })
      return info?.checkpoint
    }
    return this.#history.thin(name, policy, options, current, Date.parse(this.#store.now()))
  }

  /** The data of the current state as it is stored. @throws `ERR_PERSIST_NOT_FOUND` */
  async #raw(
    name: string,
    signal?: AbortSignal,
  ): Promise<{ data: unknown; version: number | undefined }> {
    const stored = await this.#store.storage.loadEntry(name, { subfolder, signal })
    if (stored === undefined) {
      throw new PersistError("ERR_PERSIST_NOT_FOUND", `There is no state "${name}".`, { key: name })
    }
    const { data, metadata } = openEnvelope(stored.value)
    return { data, version: metadata?.version }
  }

  /** A copy of `sealed`, which is of `data`; where none can be made, nobody waits for what the schema says. */
  #frozen(
    name: string,
    data: unknown,
    sealed: unknown,
    checking: Promise<unknown> | undefined,
  ): unknown {
    const { serializer } = this.#store.storage
    try {
      return serializer.decode(serializer.encode(sealed))
    } catch (cause) {
      checking?.catch(() => {})
      if (!PersistError.is(cause, "ERR_PERSIST_ENCODE")) throw cause
      const why =
        data === undefined
          ? "it is undefined; a change returns the new value, also when it changed the old one in place."
          : cause.message
      const message = `Cannot save the state "${name}": ${why}`
      throw new PersistError(cause.code, message, { cause, key: name, details: cause.details })
    }
  }

  async #record(name: string, signal: AbortSignal | undefined) {
    const { data, version } = await this.#raw(name, signal)
    return { id: await this.#store.recordCheckpoint(name, data, { version }), data, version }
  }

  #facts(checkpoint: string | true, kept?: number): { label?: string; version?: number } {
    const { version = kept } = this.#store.codec
    return {
      ...(typeof checkpoint === "string" && { label: checkpoint }),
      ...(version !== undefined && { version }),
    }
  }
}
