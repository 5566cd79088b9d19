import { type Entry, PersistError } from "@persist/core"
import { sameValue } from "../../diff/same-value.ts"
import { openEnvelope } from "../envelope.ts"
import type { LoadedState, StateStore } from "../state-store.ts"
import { subfolder } from "../state-store.ts"

/** One state in its storage, as a live state sees it: it knows the revision that it last saw. */
export class LiveStore<Data> {
  readonly name: string
  readonly #store: StateStore<Data, Data>
  #revision: string | null = null
  /** What may have become the state since: of saves that are on their way, met another of ours, or whose end nobody knows. */
  readonly #possible = new Set<Data>()
  /** Counts the saves that overtook another. */
  #overtakings = 0
  #version: number | undefined

  constructor(name: string, store: StateStore<Data, Data>) {
    this.name = name
    this.#store = store
  }

  /** The stored state; the next save must find it as it is now, unless one of ours overtook the reading. */
  async load(signal?: AbortSignal): Promise<LoadedState<Data> | undefined> {
    const before = this.#overtakings
    const found = await this.read(signal)
    if (before === this.#overtakings) this.saw(found)
    return found
  }

  /** The stored state, of which nothing is noted before `saw`. */
  async read(signal?: AbortSignal): Promise<LoadedState<Data> | undefined> {
    return await this.#store.read(this.name, signal)
  }

  /** The next save must find this. */
  saw(found: LoadedState<Data> | undefined): void {
    this.#note(found?.info.revision ?? null)
    this.#version = found?.info.version
  }

  /** After a conflict: whether it was with ourselves. The next save must then find what is there now. */
  async recognise(): Promise<boolean> {
    if (this.#possible.size === 0) return false
    const before = this.#overtakings
    const found = await this.#store.storage.loadEntry(this.name, { subfolder })
    if (found === undefined || !this.#isPossible(found.value)) return false
    // What has another revision in mind cannot arrive any more.
    if (before === this.#overtakings) this.#note(found.entry.revision)
    return true
  }

  async save(data: Data, backup: boolean): Promise<void> {
    const { sealed, checking } = this.#store.codec.seal(data, this.#metadata())
    if (checking) await checking
    await this.#noting(data, (ifRevision) =>
      this.#store.write(this.name, sealed, { backup, ifRevision }),
    )
  }

  /** Saves `data` as the state and as a checkpoint. @returns The checkpoint's id. */
  async saveCheckpoint(data: Data, label: string | undefined, backup: boolean): Promise<string> {
    await this.#checked(data)
    const facts = this.#facts(label)
    const info = await this.#noting(data, (ifRevision) =>
      this.#store.writeCheckpoint(this.name, data, facts, { backup, ifRevision }),
    )
    return info.checkpoint!
  }

  /** Adds `data` to the history; the state stays as it is. @returns The checkpoint's id. */
  async record(data: Data, label: string | undefined): Promise<string> {
    await this.#checked(data)
    return await this.#store.recordCheckpoint(this.name, data, this.#facts(label))
  }

  /** @param isAlone No other save of ours is on its way. */
  saveSync(data: Data, isAlone: boolean, backup: boolean): void {
    const { storage, codec } = this.#store
    const sealed = codec.sealSync(data, this.#metadata())
    const options = { subfolder, backup: backup && storage.supports.history }
    const failed = this.#mayBecome(data)
    try {
      const entry = this.#overOurs((ifRevision) =>
        storage.saveSync(this.name, sealed, { ...options, ...ifRevision }),
      )
      if (isAlone) this.#note(entry.revision)
      else {
        this.#overtakings++
        this.#revision = entry.revision
      }
    } catch (error) {
      failed(error)
      if (!isAlone && PersistError.is(error, "ERR_PERSIST_INDETERMINATE")) this.#overtakings++
      throw error
    }
  }

  /** Writes over the revision that was seen last, or over what of ours has arrived since. */
  #overOurs(
    write: (condition: { ifRevision?: string | null }) => Entry,
    ifRevision: string | null = this.#revision,
  ): Entry {
    try {
      return write({ ifRevision })
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
      if (!this.#isPossible(this.#store.storage.loadSync(this.name, { subfolder }))) throw error
      // Files say which revision it met: what comes between these two is looked at in its turn.
      const actual = error.details?.actual
      return typeof actual === "string" ? this.#overOurs(write, actual) : write({})
    }
  }

  /** Writes over the revision that was seen last, and notes the new one unless the write was overtaken meanwhile. */
  async #noting<Written extends { readonly revision: string }>(
    data: Data,
    write: (ifRevision: string | null) => Promise<Written>,
  ): Promise<Written> {
    const before = this.#overtakings
    const failed = this.#mayBecome(data)
    try {
      const written = await write(this.#revision)
      if (before === this.#overtakings) this.#note(written.revision)
      return written
    } catch (error) {
      failed(error)
      throw error
    }
  }

  /** Notes that `data` may become the state. @returns Takes it back, if it certainly has not. */
  #mayBecome(data: Data): (error: unknown) => void {
    const before = this.#overtakings
    const isNew = !this.#possible.has(data)
    this.#possible.add(data)
    return (error) => {
      const isCertain = !PersistError.is(error, "ERR_PERSIST_INDETERMINATE")
      if (isNew && isCertain && before === this.#overtakings) this.#possible.delete(data)
    }
  }

  #note(revision: string | null): void {
    this.#revision = revision
    this.#possible.clear()
  }

  /** By its data: when somebody else saved the very same, nothing of theirs can be lost. */
  #isPossible(stored: unknown): boolean {
    const { serializer } = this.#store.storage
    const { data } = openEnvelope(stored)
    for (const one of this.#possible) {
      const copy = serializer.decode(serializer.encode({ data: one })) as { data: unknown }
      if (sameValue(copy.data, data)) return true
    }
    return false
  }

  async #checked(data: Data): Promise<void> {
    await this.#store.codec.seal(data, this.#metadata()).checking
  }

  #facts(label: string | undefined) {
    return { label, version: this.#store.codec.version ?? this.#version }
  }

  #metadata() {
    return { name: this.name, savedAt: this.#store.now(), version: this.#version }
  }
}
