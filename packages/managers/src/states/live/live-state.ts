import { type Logger, PersistError } from "@persist/core"
import { produce } from "./draft.ts"
import { saveAtExit } from "./exit-hooks.ts"
import { changing, closed, notAFunction, report } from "./live-errors.ts"
import { type LiveSettings, type LiveStateOptions, liveSettings } from "./live-options.ts"
import type { LiveStore } from "./live-store.ts"
import { UndoHistory } from "./undo-history.ts"

/**
 * A state in memory that is saved by itself: changes are made at once and saved together a little
 * later. After `await flush()` nothing can be lost any more.
 */
export class LiveState<Data> implements AsyncDisposable {
  readonly name: string
  readonly #store: LiveStore<Data>
  readonly #settings: LiveSettings<Data>
  readonly #onError: (error: unknown) => void
  readonly #onClose: () => void
  readonly #undo: UndoHistory<Data>
  readonly #listeners = new Set<(value: Data) => void>()
  readonly #endExitHook: (() => void) | undefined
  #value: Data
  #saved: Data
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined
  #isOvertaken = false
  /** A recipe is running. */
  #isChanging = false
  #closed = false

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
    this.#store = store
    this.#settings = liveSettings(options)
    this.#undo = new UndoHistory(this.#settings.undoLimit, this.#settings.undoBurst)
    this.#value = value
    // A value that was never saved differs from every other.
    this.#saved = isSaved ? value : (unsaved as Data)
    this.#onError = options.onError ?? ((error) => report(this.name, error, logger))
    this.#endExitHook = options.saveAtExit ? saveAtExit(this) : undefined
    if (!isSaved) this.#schedule()
  }

  /** The value now. Change it through `update` alone. */
  get value(): Data {
    return this.#value
  }

  /** Whether there are changes that are not saved yet. */
  get isDirty(): boolean {
    return this.#value !== this.#saved
  }

  get canUndo(): boolean {
    return this.#undo.canUndo
  }

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
      this.#undo.changed(this.#value, this.#settings.undoBurst > 0 ? performance.now() : 0)
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
   * @throws As `saveState`, `ERR_PERSIST_CONFLICT` when somebody else saved the state and there is no `merge`.
   */
  async flush(): Promise<void> {
    while (this.isDirty || this.#saving) {
      this.#cancelTimer()
      if (this.#saving === undefined) this.#startSaving()
      await this.#saving
    }
  }

  /** `flush` for programs that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false. */
  flushSync(): void {
    if (!this.isDirty) return
    this.#cancelTimer()
    this.#store.saveSync(this.#value, this.#saving === undefined, this.#settings.backup)
    if (this.#saving === undefined) this.#saved = this.#value
    else {
      // What is on its way may still arrive after this, so it is saved once more.
      this.#isOvertaken = true
      this.#schedule()
    }
  }

  /** Takes what is stored now, whoever saved it; changes that were not saved are gone, and so is the undo history. */
  async reload(): Promise<Data> {
    this.#assertOpen("reload")
    this.#cancelTimer()
    await this.#saving?.catch(() => {})
    const stored = await this.#store.load()
    if (stored !== undefined) {
      this.#saved = stored.data
      this.#undo.clear()
      this.#value = stored.data
      this.#notify()
    }
    return this.#value
  }

  /** Saves and ends; later calls throw `ERR_PERSIST_CLOSED`. */
  async close(): Promise<void> {
    if (this.#closed) return
    await this.flush()
    this.#closed = true
    this.#endExitHook?.()
    this.#listeners.clear()
    this.#onClose()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
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
    this.#schedule()
    if (this.#listeners.size > 0) this.#notify()
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

  #schedule(): void {
    // The timer keeps the process alive: returning from the main program loses nothing.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.flush().catch(this.#onError)
    }, this.#settings.delay)
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #startSaving(): void {
    const value = this.#value
    this.#saving = this.#save(value).finally(() => {
      this.#saving = undefined
    })
  }

  async #save(value: Data): Promise<void> {
    try {
      await this.#store.save(value, this.#settings.backup)
      this.#saved = this.#isOvertaken ? (unsaved as Data) : value
      this.#isOvertaken = false
    } catch (error) {
      const { merge } = this.#settings
      if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
      if (this.#isOvertaken) {
        this.#isOvertaken = false
        return
      }
      if (merge === undefined) throw error
      const theirs = await this.#store.load()
      this.#undo.clear()
      this.#value = theirs === undefined ? this.#value : merge(this.#value, theirs.data)
      this.#saved = unsaved as Data
      this.#notify()
    }
  }

  #assertOpen(action: string): void {
    if (this.#isChanging) throw changing(action, this.name)
    if (this.#closed) throw closed(action, this.name)
  }
}

const unsaved: unknown = Symbol("unsaved")
