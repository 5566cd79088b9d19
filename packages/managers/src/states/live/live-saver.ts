import { PersistError } from "@persist/core"
import { joined, overtaken } from "./live-errors.ts"
import type { LiveSettings } from "./live-options.ts"
import type { LiveStore } from "./live-store.ts"

/** The value that a saver saves, and who hears of what becomes of it. */
export interface SavedValue<Data> {
  now(): Data
  /** Somebody else's value takes the place of ours, or was joined with it. */
  taken(value: Data): void
  /** A save in the background failed. */
  failed(error: unknown): void
}

/** A checkpoint that was asked for. */
interface CheckpointRequest<Data> {
  value: Data
  readonly turn: number
  readonly label: string | undefined
  readonly outcome: PromiseWithResolvers<string>
  /** A newer value was saved before its turn came: it goes into the history alone. */
  isOvertaken: boolean
}

/** Saves one live state: a little after its changes, on demand, and with checkpoints; one save at a time. */
export class LiveSaver<Data> {
  readonly #store: LiveStore<Data>
  readonly #settings: LiveSettings<Data>
  readonly #value: SavedValue<Data>
  readonly #requests: CheckpointRequest<Data>[] = []
  #saved: Data
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined
  /** What `#saving` stands for is a load. */
  #isLoading = false
  #isOvertaken = false
  /** The value when a reload was asked for; what came later is nobody's to throw away unsaid. */
  #reloaded: Data | undefined
  /** The last reload that took the place of later values. */
  #dropping: { readonly before: Data | undefined } | undefined
  /** Counts the values that were taken to be saved. */
  #turn = 0
  /** The last one that is durable. */
  #durable = 0

  /** @param isSaved Whether the value lies in the storage already. */
  constructor(
    store: LiveStore<Data>,
    settings: LiveSettings<Data>,
    value: SavedValue<Data>,
    isSaved: boolean,
  ) {
    this.#store = store
    this.#settings = settings
    this.#value = value
    // A value that was never saved differs from every other.
    this.#saved = isSaved ? value.now() : (unsaved as Data)
    if (!isSaved) this.schedule()
  }

  get isDirty(): boolean {
    return this.#value.now() !== this.#saved
  }

  /** Saves a little later. */
  schedule(): void {
    // The timer keeps the process alive: returning from the main program loses nothing.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.flush().catch((error) => this.#value.failed(error))
    }, this.#settings.delay)
  }

  /**
   * Ends when a value is durable that was taken after the call; where changes go on and on, there are newer ones.
   *
   * @throws `ERR_PERSIST_CONFLICT` when a reload took the place of the value, and had been asked for before the value came.
   */
  async flush(): Promise<void> {
    const asked = this.#turn
    const [value, dropping] = [this.#value.now(), this.#dropping]
    while ((this.isDirty || this.#saving) && this.#durable <= asked) {
      this.#cancelTimer()
      if (this.#saving === undefined) this.#startSaving()
      await this.#saving
    }
    if (this.isDirty) this.schedule()
    const isDropped = this.#dropping !== dropping && this.#durable <= asked
    if (isDropped && value !== this.#dropping?.before) throw overtaken(this.#store.name)
  }

  flushSync(): void {
    // What is on its way may be another value than the one that was saved before and is there again.
    if (!this.isDirty && (this.#saving === undefined || this.#isLoading)) return
    this.#cancelTimer()
    const value = this.#value.now()
    const isAlone = this.#saving === undefined
    try {
      this.#store.saveSync(value, isAlone, this.#settings.backup)
    } catch (error) {
      if (PersistError.is(error, "ERR_PERSIST_INDETERMINATE")) {
        // Whatever was saved before may not be there any more.
        this.#saved = unsaved as Data
        this.#isOvertaken = !isAlone
      }
      throw error
    }
    for (const request of this.#requests) request.isOvertaken = true
    if (this.#isLoading) this.#reloaded = value
    if (isAlone) this.#saved = value
    else {
      // What is on its way may still arrive after this, so it is saved once more.
      this.#saved = unsaved as Data
      this.#isOvertaken = true
      this.schedule()
    }
  }

  /** Saves the value as it is now, and as a checkpoint; checkpoints come in the order of the calls. */
  checkpoint(label: string | undefined): Promise<string> {
    const outcome = Promise.withResolvers<string>()
    const [value, turn] = [this.#value.now(), ++this.#turn]
    this.#requests.push({ value, turn, label, outcome, isOvertaken: false })
    if (this.#saving === undefined) this.#startSaving()
    return outcome.promise
  }

  /** Takes what is stored now, whoever saved it; where nothing is, the value waits to be saved. */
  async reload(): Promise<void> {
    this.#cancelTimer()
    const value = this.#value.now()
    while (this.#saving) await this.#saving.catch(() => {})
    this.#reloaded = this.isDirty ? value : this.#value.now()
    this.#occupy(this.#load())
    await this.#saving
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #startSaving(): void {
    // Before what is newer: a state never goes back.
    const request = this.#requests.shift()
    this.#occupy(request ? this.#saveCheckpoint(request) : this.#save(this.#value.now()))
  }

  /** Nothing else is saved or loaded before `work` has ended. */
  #occupy(work: Promise<void>): void {
    this.#saving = work.finally(() => {
      this.#saving = undefined
      if (this.#requests.length > 0) this.#startSaving()
    })
  }

  async #load(): Promise<void> {
    this.#isLoading = true
    try {
      let found: { readonly data: Data } | undefined
      do {
        this.#isOvertaken = false
        found = await this.#store.load()
        this.#saved = found === undefined ? (unsaved as Data) : found.data
      } while (this.#isOvertaken)
      if (found === undefined) return
      // Over what is found, their values would take back what others have saved.
      for (const request of this.#requests) request.isOvertaken = true
      const before = this.#reloaded
      if (this.#value.now() !== before) this.#dropping = { before }
      this.#value.taken(found.data)
    } finally {
      this.#isLoading = false
      if (this.isDirty) this.schedule()
    }
  }

  async #save(value: Data): Promise<void> {
    const turn = ++this.#turn
    try {
      await this.#store.save(value, this.#settings.backup)
      this.#noteSaved(value, turn)
    } catch (error) {
      await this.#settleConflict(error)
    }
  }

  /** Never fails: whoever asked for the checkpoint hears of it. */
  async #saveCheckpoint(request: CheckpointRequest<Data>): Promise<void> {
    const { value, turn, label, outcome, isOvertaken } = request
    try {
      if (isOvertaken) {
        const id = await this.#store.record(value, label)
        // Nothing was on its way to the state meanwhile.
        this.#isOvertaken = false
        return outcome.resolve(id)
      }
      const id = await this.#store.saveCheckpoint(value, label, this.#settings.backup)
      this.#noteSaved(value, turn)
      if (this.isDirty) this.schedule()
      else this.#cancelTimer()
      outcome.resolve(id)
    } catch (error) {
      await this.#settleConflict(error, request).then(
        () => this.#requests.unshift(request),
        (reason) => outcome.reject(reason),
      )
    }
  }

  #noteSaved(value: Data, turn: number): void {
    this.#saved = this.#isOvertaken ? (unsaved as Data) : value
    if (!this.#isOvertaken) this.#durable = turn
    this.#isOvertaken = false
  }

  /** @throws `error` unless it is a conflict with ourselves, or one that `merge` settles. */
  async #settleConflict(error: unknown, request?: CheckpointRequest<Data>): Promise<void> {
    const { merge } = this.#settings
    const wasOvertaken = this.#isOvertaken
    this.#isOvertaken = false
    // Whatever was saved before may not be there any more.
    if (PersistError.is(error, "ERR_PERSIST_INDETERMINATE")) this.#saved = unsaved as Data
    if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
    if (await this.#store.recognise()) {
      this.#saved = unsaved as Data
      if (request && wasOvertaken) request.isOvertaken = true
      return
    }
    if (merge === undefined) throw error
    const theirs = await this.#store.read()
    const { name } = this.#store
    const join = (value: Data) =>
      theirs === undefined ? value : joined(merge(value, theirs.data), name)
    const mine = this.#value.now()
    const ours = join(mine)
    const waiting = [...(request ? [request] : []), ...this.#requests].filter(
      ({ isOvertaken }) => !isOvertaken,
    )
    const values = waiting.map(({ value }) => (value === mine ? ours : join(value)))
    // Whatever is saved from now on has theirs in it; had `merge` thrown, it would be refused again.
    this.#store.saw(theirs)
    for (const [index, one] of waiting.entries()) one.value = values[index]!
    this.#saved = unsaved as Data
    this.#value.taken(ours)
  }
}

const unsaved: unknown = Symbol("unsaved")
