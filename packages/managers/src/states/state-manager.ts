import type { Storage } from "@persist/core"
import { storageClock } from "@persist/core/options"
import { type OpenedStorage, openStorage } from "../storage-source.ts"
import type { Checkpoint } from "./checkpoints/checkpoint.ts"
import { CheckpointStore } from "./checkpoints/checkpoint-store.ts"
import { type StateDiff, StateHistory } from "./checkpoints/state-history.ts"
import type { ThinningPlan, ThinningPolicy } from "./checkpoints/thinning.ts"
import type { LiveStateOptions } from "./live/live-options.ts"
import type { LiveState } from "./live/live-state.ts"
import { LiveStates } from "./live/live-states.ts"
import type * as o from "./options.ts"
import * as options from "./options.ts"
import { StateCodec } from "./state-codec.ts"
import type { StateInfo } from "./state-info.ts"
import { StateStore, subfolder } from "./state-store.ts"
import { StateUpdates } from "./state-updates.ts"

/**
 * Saved states: whole values under a name, with the time of saving and a backup of what was replaced.
 * They lie under `states/` of the storage, in the form that the Python original wrote; checkpoints
 * under `checkpoints/`.
 */
export class StateManager<Data = unknown, Input = Data> implements AsyncDisposable {
  readonly #opened: OpenedStorage
  readonly #store: StateStore<Data, Input>
  readonly #history: StateHistory
  readonly #updates: StateUpdates<Data, Input>
  readonly #lives: LiveStates<Data, Input>

  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(managerOptions: o.StateManagerOptions<Data, Input> = {}) {
    options.checkManager(managerOptions as o.StateManagerOptions)
    const { schema, version, migrate, ...source } = managerOptions
    const codec = new StateCodec<Data, Input>({
      ...(schema !== undefined && { schema }),
      ...(version !== undefined && { version }),
      ...(migrate !== undefined && { migrate }),
    })
    const clock = storageClock(managerOptions.clock)
    this.#opened = openStorage(source)
    const checkpoints = new CheckpointStore(this.#opened.storage, clock)
    this.#store = new StateStore(this.#opened.storage, codec, checkpoints, clock)
    this.#lives = new LiveStates(this.#store, managerOptions.logger)
    this.#history = new StateHistory(checkpoints)
    this.#updates = new StateUpdates(this.#store, this.#history)
  }

  /** Where the states are kept. */
  get storage(): Storage {
    return this.#opened.storage
  }

  /**
   * Saves `data` as the state `name`; resolves when it is durable. The state that it replaces is
   * kept as a backup. Any value that the storage's format can hold is a state. A manager with a `version`
   * first looks whether it would replace a state of a newer one.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_VALIDATION` (with a schema), `ERR_PERSIST_NEWER` (with a version),
   * `ERR_PERSIST_CONFLICT` (with `ifRevision`), `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async saveState<T extends Input = Input>(
    name: string,
    data: NoInfer<T>,
    saveOptions: o.SaveStateOptions = {},
  ): Promise<StateInfo> {
    options.checkSave(saveOptions)
    return this.#updates.save(name, data, saveOptions)
  }

  /**
   * Loads the data of the state `name`, without metadata; `undefined`, or the `default`, when there
   * is none. A damaged state is recovered from its newest backup, never replaced by the default; one
   * of an older version is upgraded.
   *
   * @throws `ERR_PERSIST_CORRUPT`, `ERR_PERSIST_VALIDATION`, `ERR_PERSIST_MIGRATION`, `ERR_PERSIST_NEWER`,
   * `ERR_PERSIST_NOT_FOUND` (with `at`), `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async loadState<T = Data>(
    name: string,
    loadOptions: o.LoadStateOptions<o.Known<Data, T>> & { default: o.Known<Data, T> },
  ): Promise<T>
  async loadState<T = Data>(
    name: string,
    loadOptions?: o.LoadStateOptions<o.Known<Data, T>>,
  ): Promise<T | undefined>
  async loadState<T>(
    name: string,
    loadOptions: o.LoadStateOptions<T> = {},
  ): Promise<T | undefined> {
    options.checkLoad(loadOptions)
    const { at, signal } = loadOptions
    if (at !== undefined) {
      return (await this.#updates.loadAt(name, at, signal)) as unknown as T
    }
    const found = await this.#store.read(name, signal)
    return found === undefined ? loadOptions.default : (found.data as unknown as T)
  }

  /**
   * Changes a state atomically: `change` gets the current data and returns the next. No update is
   * lost, from any process; `change` may run more than once.
   *
   * @returns The new data.
   * @throws As `loadState` and `saveState`, `ERR_PERSIST_TIMEOUT`, and what `change` throws; the state is then unchanged.
   */
  async updateState<T = Data, N extends Input = Input>(
    name: string,
    change: (current: T) => N | Promise<N>,
    updateOptions: o.UpdateStateOptions<o.Known<Data, T>> & { default: o.Known<Data, T> },
  ): Promise<N>
  async updateState<T = Data, N extends Input = Input>(
    name: string,
    change: (current: T | undefined) => N | Promise<N>,
    updateOptions?: o.UpdateStateOptions<o.Known<Data, T>>,
  ): Promise<N>
  async updateState<T, N>(
    name: string,
    change: (current: T) => N | Promise<N>,
    updateOptions: o.UpdateStateOptions<T> = {},
  ): Promise<N> {
    options.checkUpdate(updateOptions)
    return this.#updates.update(name, change, updateOptions)
  }

  /**
   * Opens a state that saves itself: change it through `update`, and it is saved a little later.
   *
   * @throws As `loadState`, `ERR_PERSIST_INVALID_OPTION`.
   */
  async open<T extends Data & Input = Data & Input>(
    name: string,
    liveOptions: LiveStateOptions<o.Known<Data, T>>,
  ): Promise<LiveState<T>> {
    return this.#lives.open(name, liveOptions as LiveStateOptions<T>)
  }

  /** The names of the states, sorted. */
  async listStates(listOptions: o.ListStatesOptions = {}): Promise<string[]> {
    options.checkList(listOptions)
    return this.storage.list({ subfolder, ...listOptions })
  }

  /**
   * What is known of every state, one at a time, in no particular order. Reads no state's data unless
   * `details` are asked for: times are the storage's own, and version, checkpoint and label are left out.
   */
  async *infos(infoOptions: o.StateInfosOptions = {}): AsyncGenerator<StateInfo, void, undefined> {
    options.checkInfos(infoOptions)
    yield* this.#store.infos(infoOptions)
  }

  /** Deletes the state `name`; backups and checkpoints stay unless `history` is set. @returns Whether there was one. */
  async deleteState(name: string, deleteOptions: o.DeleteStateOptions = {}): Promise<boolean> {
    options.checkDelete(deleteOptions)
    return this.#updates.delete(name, deleteOptions)
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
    return this.#store.info(name, infoOptions.signal)
  }

  /** The checkpoints of the state `name`, oldest first. */
  async history(name: string, historyOptions: o.StateHistoryOptions = {}): Promise<Checkpoint[]> {
    options.checkHistory("history", historyOptions)
    return this.#history.list(name, historyOptions.signal)
  }

  /**
   * Makes a checkpoint (its id or label) the current state again. Nothing of the history is
   * rewritten: this is a new checkpoint at its end.
   *
   * @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_NEWER` when the current state is of a newer version.
   */
  async restore(
    name: string,
    at: string,
    historyOptions: o.StateHistoryOptions = {},
  ): Promise<StateInfo> {
    options.checkHistory("restore", historyOptions)
    return this.#updates.restore(name, at, historyOptions.signal)
  }

  /** What changed from the checkpoint `from` to the checkpoint `to`. @default to: the current state */
  async diff(
    name: string,
    from: string,
    to?: string,
    historyOptions: o.StateHistoryOptions = {},
  ): Promise<StateDiff> {
    options.checkHistory("diff", historyOptions)
    return this.#updates.diff(name, from, to, historyOptions.signal)
  }

  /**
   * Starts the state `newName` from a checkpoint of `name`, with a history of its own.
   *
   * @throws `ERR_PERSIST_CONFLICT` when there is a state `newName`, `ERR_PERSIST_NOT_FOUND`.
   */
  async fork(
    name: string,
    newName: string,
    forkOptions: o.ForkStateOptions = {},
  ): Promise<StateInfo> {
    options.checkFork(forkOptions)
    return this.#updates.fork(name, newName, forkOptions)
  }

  /** Keeps a checkpoint (its id or label) from `thinHistory`. @throws `ERR_PERSIST_NOT_FOUND` */
  async pin(name: string, at: string, historyOptions: o.StateHistoryOptions = {}): Promise<void> {
    options.checkHistory("pin", historyOptions)
    await this.#history.pin(name, at, true, historyOptions.signal)
  }

  /** Ends `pin`. @throws `ERR_PERSIST_NOT_FOUND` */
  async unpin(name: string, at: string, historyOptions: o.StateHistoryOptions = {}): Promise<void> {
    options.checkHistory("unpin", historyOptions)
    await this.#history.pin(name, at, false, historyOptions.signal)
  }

  /**
   * Removes the checkpoints that `policy` does not keep, after restic's rules. The newest, the one that the
   * state names, pinned and labelled ones, and those that were forked from, always stay.
   *
   * @returns What is kept, each with its reasons, and what is removed.
   */
  async thinHistory(
    name: string,
    policy: ThinningPolicy,
    thinOptions: o.ThinHistoryOptions = {},
  ): Promise<ThinningPlan> {
    options.checkThin(thinOptions)
    return this.#updates.thin(name, policy, thinOptions)
  }

  /** Saves and closes the live states, then the storage if the manager opened it; where one fails, both stay open: call it again. */
  async close(): Promise<void> {
    await this.#lives.close()
    await this.#opened.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
