import type { LoadedState, StateStore } from "../state-store.ts"
import { subfolder } from "../state-store.ts"

/** One state in its storage, as a live state sees it: it knows the revision that it last saw. */
export class LiveStore<Data> {
  readonly name: string
  readonly #store: StateStore<Data, Data>
  /** Undefined when two saves of ours overtook each other and nothing can be said. */
  #revision: string | null | undefined = null
  /** Counts the saves that overtook another. */
  #overtakings = 0
  #version: number | undefined

  constructor(name: string, store: StateStore<Data, Data>) {
    this.name = name
    this.#store = store
  }

  /** The stored state; the next save must find it as it is now. */
  async load(): Promise<LoadedState<Data> | undefined> {
    const found = await this.read()
    this.saw(found)
    return found
  }

  /** The stored state, of which nothing is noted before `saw`. */
  async read(): Promise<LoadedState<Data> | undefined> {
    return await this.#store.read(this.name)
  }

  /** The next save must find this. */
  saw(found: LoadedState<Data> | undefined): void {
    this.#revision = found?.info.revision ?? null
    this.#version = found?.info.version
  }

  async save(data: Data, backup: boolean): Promise<void> {
    const { sealed, checking } = this.#store.codec.seal(data, this.#metadata())
    if (checking) await checking
    await this.#noting((ifRevision) => this.#store.write(this.name, sealed, { backup, ifRevision }))
  }

  /** Saves `data` as the state and as a checkpoint. @returns The checkpoint's id. */
  async saveCheckpoint(data: Data, label: string | undefined, backup: boolean): Promise<string> {
    await this.#checked(data)
    const facts = this.#facts(label)
    const info = await this.#noting((ifRevision) =>
      this.#store.writeCheckpoint(this.name, data, facts, { backup, ifRevision }),
    )
    return info.checkpoint!
  }

  /** Adds `data` to the history; the state stays as it is. @returns The checkpoint's id. */
  async record(data: Data, label: string | undefined): Promise<string> {
    await this.#checked(data)
    return await this.#store.recordCheckpoint(this.name, data, this.#facts(label))
  }

  /** @param isAlone No other save of ours is on its way; else nothing can be said of the revision. */
  saveSync(data: Data, isAlone: boolean, backup: boolean): void {
    const { storage, codec } = this.#store
    const entry = storage.saveSync(this.name, codec.sealSync(data, this.#metadata()), {
      subfolder,
      backup: backup && storage.supports.history,
      ...(isAlone && this.#revision !== undefined && { ifRevision: this.#revision }),
    })
    this.#revision = isAlone ? entry.revision : undefined
    if (!isAlone) this.#overtakings++
  }

  /** Writes over the revision that was seen last, and notes the new one unless the write was overtaken meanwhile. */
  async #noting<Written extends { readonly revision: string }>(
    write: (ifRevision: string | null | undefined) => Promise<Written>,
  ): Promise<Written> {
    const before = this.#overtakings
    const written = await write(this.#revision)
    this.#revision = before === this.#overtakings ? written.revision : undefined
    return written
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
