import type { Storage } from "@persist/core"
import { type OpenedStorage, openStorage } from "../storage-source.ts"
import { openEnvelope, sealEnvelope } from "./envelope.ts"
import type * as o from "./options.ts"
import * as options from "./options.ts"
import { type StateInfo, stateInfo } from "./state-info.ts"

const subfolder = "states"

/**
 * Saved states: whole values under a name, with the time of saving and a backup of what was replaced.
 * They lie under `states/` of the storage, in the form that the Python original wrote.
 */
export class StateManager implements AsyncDisposable {
  readonly #opened: OpenedStorage
  readonly #clock: () => number

  constructor(managerOptions: o.StateManagerOptions = {}) {
    options.checkManager(managerOptions)
    this.#opened = openStorage(managerOptions)
    this.#clock = managerOptions.clock ?? Date.now
  }

  /** Where the states are kept. */
  get storage(): Storage {
    return this.#opened.storage
  }

  /**
   * Saves `data` as the state `name`; resolves when it is durable. The state that it replaces is
   * kept as a backup. Any value that the storage's format can hold is a state.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_CONFLICT` (with `ifRevision`),
   * `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async saveState<T>(
    name: string,
    data: T,
    saveOptions: o.SaveStateOptions = {},
  ): Promise<StateInfo> {
    options.checkSave(saveOptions)
    const { backup = true, ifRevision, signal } = saveOptions
    const metadata = { name, savedAt: this.#now() }
    const entry = await this.storage.save(name, sealEnvelope(data, metadata), {
      subfolder,
      backup: backup && this.storage.supports.history,
      ...(ifRevision !== undefined && { ifRevision }),
      ...(signal && { signal }),
    })
    return stateInfo(entry, metadata)
  }

  /**
   * Loads the data of the state `name`, without metadata; `undefined`, or the `default`, when there
   * is none. A damaged state is recovered from its newest backup, never replaced by the default.
   *
   * @throws `ERR_PERSIST_CORRUPT`, `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async loadState<T = unknown>(
    name: string,
    loadOptions: o.LoadStateOptions<T> & { default: T },
  ): Promise<T>
  async loadState<T = unknown>(
    name: string,
    loadOptions?: o.LoadStateOptions<T>,
  ): Promise<T | undefined>
  async loadState<T>(
    name: string,
    loadOptions: o.LoadStateOptions<T> = {},
  ): Promise<T | undefined> {
    options.checkLoad(loadOptions)
    const { signal } = loadOptions
    const found = await this.storage.loadEntry(name, { subfolder, ...(signal && { signal }) })
    return found === undefined ? loadOptions.default : (openEnvelope(found.value).data as T)
  }

  /**
   * Changes a state atomically: `change` gets the current data and returns the next. No update is
   * lost, from any process; `change` may run more than once.
   *
   * @returns The new data.
   * @throws As `loadState` and `saveState`, `ERR_PERSIST_TIMEOUT`, and what `change` throws; the state is then unchanged.
   */
  async updateState<T = unknown>(
    name: string,
    change: (current: T) => T | Promise<T>,
    updateOptions: o.UpdateStateOptions<T> & { default: T },
  ): Promise<T>
  async updateState<T = unknown>(
    name: string,
    change: (current: T | undefined) => T | Promise<T>,
    updateOptions?: o.UpdateStateOptions<T>,
  ): Promise<T>
  async updateState<T>(
    name: string,
    change: (current: T) => T | Promise<T>,
    updateOptions: o.UpdateStateOptions<T> = {},
  ): Promise<T> {
    options.checkUpdate(updateOptions)
    const { default: initial, backup = true, timeout, signal } = updateOptions
    let result: T
    await this.storage.update<unknown>(
      name,
      async (current) => {
        const data = current === undefined ? initial : openEnvelope(current).data
        result = await change(data as T)
        return sealEnvelope(result, { name, savedAt: this.#now() })
      },
      {
        subfolder,
        backup: backup && this.storage.supports.history,
        ...(timeout !== undefined && { timeout }),
        ...(signal && { signal }),
      },
    )
    return result!
  }

  /** The names of the states, sorted. */
  async listStates(listOptions: o.ListStatesOptions = {}): Promise<string[]> {
    options.checkList(listOptions)
    return this.storage.list({ subfolder, ...listOptions })
  }

  /**
   * What is known of every state, one at a time, in no particular order. Reads no state's data:
   * times are the storage's own, and version and checkpoint are left to `getStateInfo`.
   */
  async *infos(listOptions: o.ListStatesOptions = {}): AsyncGenerator<StateInfo, void, undefined> {
    options.checkList(listOptions)
    for await (const entry of this.storage.entries({ subfolder, ...listOptions })) {
      yield stateInfo(entry)
    }
  }

  /** Deletes the state `name`; its backups stay unless `history` is set. @returns Whether there was one. */
  async deleteState(name: string, deleteOptions: o.DeleteStateOptions = {}): Promise<boolean> {
    options.checkDelete(deleteOptions)
    const { history = false, signal } = deleteOptions
    return this.storage.delete(name, {
      subfolder,
      history: history && this.storage.supports.history,
      ...(signal && { signal }),
    })
  }

  /** Whether there is a state `name`. */
  async stateExists(name: string, infoOptions: o.StateInfoOptions = {}): Promise<boolean> {
    options.checkInfo(infoOptions)
    return this.storage.exists(name, { subfolder, ...infoOptions })
  }

  /** What is known of the state `name`, by its metadata; `undefined` when there is none. */
  async getStateInfo(
    name: string,
    infoOptions: o.StateInfoOptions = {},
  ): Promise<StateInfo | undefined> {
    options.checkInfo(infoOptions)
    const found = await this.storage.loadEntry(name, { subfolder, ...infoOptions })
    return found && stateInfo(found.entry, openEnvelope(found.value).metadata)
  }

  /** Closes the storage if the manager opened it. */
  async close(): Promise<void> {
    await this.#opened.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
}
