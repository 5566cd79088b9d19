import type { Logger } from "@persist/core"
import { throwIfAborted, unlessAborted } from "@persist/core/options"
import { produce } from "./draft.ts"
import { ExitHook } from "./exit-hooks.ts"
import { freezeWhole } from "./freeze.ts"
import { changing, closed, notAFunction, report } from "./live-errors.ts"
import {
  checkCall,
  checkLabel,
  type LiveCallOptions,
  type LiveStateOptions,
  liveSettings,
} from "./live-options.ts"
import { LiveSaver } from "./live-saver.ts"
import type { LiveStore } from "./live-store.ts"
import { UndoHistory } from "./undo-history.ts"

/**
 * A state in memory that is saved by itself: changes are made at once and saved together a little
 * later. After `await flush()` nothing can be lost any more.
 */
export class LiveState<Data> implements AsyncDisposable {
  /** The name of the state. */
  readonly name: string
  readonly #saver: LiveSaver<Data>
  readonly #undoBurst: number
  readonly #onError: (error: unknown) => void
  readonly #onClose: () => void
  readonly #undo: UndoHistory<Data>
  readonly #listeners = new Set<(value: Data) => void>()
  readonly #exitHook: ExitHook | undefined
  #value: Data
  /** A recipe is running. */
  #isChanging = false
  /** Set from the call of `close` on, unless it fails. */
  #closing: Promise<void> | undefined

  /** @internal Made by `StateManager.open`. */
  constructor(
    store: LiveStore<Data>,
    value: Data,
    isSaved: boolean,
    options: LiveStateOptions<Data>,
    logger: Logger | undefined,
    onClose: () => void,
  ) {
    this.#onClose = onClose
    this.name = store.name
    const settings = liveSettings(options)
    this.#undoBurst = settings.undoBurst
    this.#undo = new UndoHistory(settings.undoLimit, settings.undoBurst)
    this.#value = freezeWhole(value)
    this.#onError = options.onError ?? ((error) => report(this.name, error, logger))
    const saved = {
      now: () => this.#value,
      taken: (value: Data) => this.#take(value),
      failed: this.#onError,
    }
    this.#saver = new LiveSaver(store, settings, saved, isSaved)
    this.#exitHook = options.saveAtExit ? new ExitHook(this) : undefined
  }

  /** The value now, frozen: change it through `update` alone. */
  get value(): Data {
    return this.#value
  }

  /** Whether there are changes that are not saved yet. */
  get isDirty(): boolean {
    return this.#saver.isDirty
  }

  /** Whether there is a change that `undo` takes back. */
  get canUndo(): boolean {
    return this.#undo.canUndo
  }

  /** Whether there is a change that `redo` makes again. */
  get canRedo(): boolean {
    return this.#undo.canRedo
  }

  /**
   * Changes the value: `recipe` changes the draft that it gets, or returns a new value. Earlier
   * values stay as they were, and share with the new one what did not change.
   *
   * @returns The new value.
   */
  update(recipe: (draft: Data) => Data | undefined | void): Data {
    this.#assertOpen("update")
    if (typeof recipe !== "function") throw notAFunction("update", this.name, recipe)
    const next = this.#produced(recipe)
    if (next !== this.#value) {
      this.#undo.changed(this.#value, this.#undoBurst > 0 ? performance.now() : 0)
      this.#replace(next)
    }
    return this.#value
  }

  /** Replaces the value. */
  set(value: Data): void {
    this.update(() => value)
  }

  /** Takes the last change back. @returns Whether there was one. */
  undo(): boolean {
    this.#assertOpen("undo")
    if (!this.#undo.canUndo) return false
    this.#replace(this.#undo.undo(this.#value))
    return true
  }

  /** Takes the last `undo` back. @returns Whether there was one. */
  redo(): boolean {
    this.#assertOpen("redo")
    if (!this.#undo.canRedo) return false
    this.#replace(this.#undo.redo(this.#value))
    return true
  }

  /** Calls `listener` after every change, with the new value. @returns Ends it. */
  subscribe(listener: (value: Data) => void): () => void {
    if (typeof listener !== "function") throw notAFunction("subscribe", this.name, listener)
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /**
   * Saves what is not saved; when it resolves, every change made before the call is durable.
   *
   * @throws As `saveState`, `ERR_PERSIST_CONFLICT` when somebody else saved the state and there is no `merge`, or a `reload` was running.
   */
  async flush(callOptions: LiveCallOptions = {}): Promise<void> {
    checkCall("flush", callOptions)
    await this.#waiting("flush", this.#saver.flush(), callOptions)
  }

  /** `flush` for programs that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false. */
  flushSync(): void {
    this.#saver.flushSync()
  }

  /**
   * Saves the value as it is at the call, and as a checkpoint of the history; resolves when both are durable.
   * Where `merge` has to join it with what somebody else saved, the checkpoint is of what came of that.
   *
   * @param label A name to find it by. @default none
   * @returns The checkpoint's id; it is for `loadState`, `restore`, `diff`, `fork` and `pin`, as its label is.
   * @throws As `flush` (there is no checkpoint then), `ERR_PERSIST_INVALID_OPTION`.
   */
  async checkpoint(label?: string, callOptions: LiveCallOptions = {}): Promise<string> {
    this.#assertOpen("checkpoint")
    checkLabel(label)
    checkCall("checkpoint", callOptions)
    throwIfAborted(callOptions.signal, this.#what("checkpoint"))
    return await this.#waiting("checkpoint", this.#saver.checkpoint(label), callOptions)
  }

  /**
   * Takes what is stored now, whoever saved it; changes that were not saved are gone, and so is the undo history. Those
   * that are made while it runs too: a `flush` or `close` that should save them fails with `ERR_PERSIST_CONFLICT`, and
   * `checkpoint` puts what was the value into the history alone.
   */
  async reload(callOptions: LiveCallOptions = {}): Promise<Data> {
    this.#assertOpen("reload")
    checkCall("reload", callOptions)
    throwIfAborted(callOptions.signal, this.#what("reload"))
    await this.#waiting("reload", this.#saver.reload(), callOptions)
    return this.#value
  }

  /** Saves and ends; later calls throw `ERR_PERSIST_CLOSED`. Where it fails, as `flush` does, the state stays open. */
  async close(): Promise<void> {
    // Closed first: a schema or a storage may call back before the saving has begun.
    this.#closing ??= Promise.resolve().then(() => this.#end())
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #end(): Promise<void> {
    try {
      await this.flush()
    } catch (error) {
      this.#closing = undefined
      throw error
    }
    this.#exitHook?.end()
    this.#listeners.clear()
    this.#onClose()
  }

  async #waiting<T>(action: string, work: Promise<T>, { signal }: LiveCallOptions): Promise<T> {
    if (signal === undefined) return work
    try {
      return await unlessAborted(work, signal, this.#what(action))
    } catch (error) {
      // What goes on is a save in the background from here on: nobody else would hear that it failed.
      work.catch((reason: unknown) => {
        if (reason !== error && action !== "reload") this.#onError(reason)
      })
      throw error
    }
  }

  #what(action: string): string {
    return `${action} of the live state "${this.name}"`
  }

  #produced(recipe: (draft: Data) => Data | undefined | void): Data {
    this.#isChanging = true
    try {
      return produce(this.#value, recipe)
    } finally {
      this.#isChanging = false
    }
  }

  #replace(next: Data): void {
    this.#value = next
    this.#saver.schedule()
    this.#exitHook?.changed()
    if (this.#listeners.size > 0) this.#notify()
  }

  /** Takes a value that came from elsewhere. */
  #take(value: Data): void {
    this.#undo.clear()
    this.#value = freezeWhole(value)
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) {
      try {
        listener(this.#value)
      } catch (error) {
        // The change is made, whatever becomes of one listener.
        this.#onError(error)
      }
    }
  }

  #assertOpen(action: string): void {
    if (this.#isChanging) throw changing(action, this.name)
    if (this.#closing) throw closed(action, this.name)
  }
}
