import { historyIds, historyIdTime, PersistError, type Storage } from "@persist/core"
import {
  buildsOn,
  type CheckpointRecord,
  isCheckpointRecord,
  isProtected,
  type StoredCheckpoint,
} from "./checkpoint.ts"
import { type Base, changesFrom } from "./checkpoint-content.ts"
import { isUnreadable } from "./checkpoint-errors.ts"
import { checkpointFolder } from "./checkpoint-folder.ts"
import { rebuilt } from "./rebuilt.ts"
import { type RecentBase, RecentBases } from "./recent-bases.ts"
import { StoredForm } from "./stored-form.ts"

/**
 * The checkpoints of all states of a storage, one value each: nothing but that value has to be
 * written to add one. A record is a base for later ones only if it outlives them; who removes one
 * marks it first, and who adds one looks afterwards whether its base was marked (see `thin`).
 */
export class CheckpointStore {
  readonly #storage: Storage
  readonly #newId: (after?: string) => string
  /** The newest of the states that were saved last. */
  readonly recent: RecentBases = new RecentBases()
  readonly form: StoredForm

  constructor(storage: Storage, clock: () => number) {
    this.#storage = storage
    this.form = new StoredForm(storage.serializer)
    this.#newId = historyIds(clock)
  }

  /** Ids of the checkpoints of `name`, oldest first, those being removed included. */
  async ids(name: string, signal?: AbortSignal): Promise<string[]> {
    const keys = await this.#storage.list({
      subfolder: checkpointFolder(name),
      ...(signal && { signal }),
    })
    const ids = keys.filter((key) => !Number.isNaN(historyIdTime(key)))
    const newest = ids.at(-1)
    const recent = this.recent.get(name)
    // Who has seen a later one, of a clock that is ahead, adds none before it, though the state is as it was.
    if (recent && newest !== undefined && newest > recent.id) this.recent.delete(name)
    return ids
  }

  /** One checkpoint; undefined when it is gone. @throws `ERR_PERSIST_CORRUPT` */
  async read(
    name: string,
    id: string,
    signal?: AbortSignal,
  ): Promise<StoredCheckpoint | undefined> {
    const options = { subfolder: checkpointFolder(name), ...(signal && { signal }) }
    const found = await this.#storage.loadEntry<CheckpointRecord>(id, options)
    if (found === undefined) return undefined
    if (isCheckpointRecord(found.value)) return { id, record: found.value, size: found.entry.size }
    const message = `Checkpoint ${id} of "${name}" is damaged: what is stored there is no checkpoint.`
    throw new PersistError("ERR_PERSIST_CORRUPT", message, { key: name })
  }

  /** The data of one checkpoint, made from its base and changes; undefined when it is gone. */
  async data(name: string, id: string, signal?: AbortSignal): Promise<Base | undefined> {
    const stored = await this.read(name, id, signal)
    return stored && rebuilt(this, name, stored, signal)
  }

  /** The data of one checkpoint to build others on; undefined when it is gone or cannot be had. */
  async base(name: string, id: string): Promise<Base | undefined> {
    const known = this.recent.get(name)
    if (known?.id === id) return known
    try {
      return await this.data(name, id)
    } catch (error) {
      // Whatever is wrong with the one before, the next is whole.
      if (PersistError.is(error)) return undefined
      throw error
    }
  }

  /**
   * Adds a checkpoint behind all that are there; they are not listed, which takes long where they are many, if the
   * state is still as our last one left it. @returns Its id.
   */
  async add(
    name: string,
    data: unknown,
    facts: Omit<CheckpointRecord, "content">,
    isAsLeft: (base: RecentBase) => boolean | Promise<boolean>,
  ): Promise<string> {
    const recent = this.recent.get(name)
    const isNewest = recent !== undefined && (await isAsLeft(recent))
    const newest = isNewest ? recent.id : (await this.ids(name)).at(-1)
    // An id must sort behind those of writers whose clocks are ahead.
    const id = this.#newId(newest)
    const base = newest === undefined ? undefined : await this.base(name, newest)
    const { plain, size } = this.form.read(data)
    const content = base === undefined ? { data } : changesFrom(base, plain, this.form)
    try {
      await this.#write(name, id, { ...facts, content })
      if ("base" in content && (await this.#isGoing(name, content.base))) {
        // Others see it already: what they have said of it stays.
        await this.amend(name, id, (record) => ({ ...record, content: { data } }))
      }
    } catch (error) {
      // Nobody was promised it, and it may build on what goes.
      if ("base" in content) await this.retract(name, id).catch(() => {})
      throw error
    }
    const depth = "base" in content ? content.depth : 0
    this.recent.set(name, { id, data: plain, depth }, size)
    return id
  }

  /** Whether nothing may build on it any more, or can. */
  async #isGoing(name: string, id: string): Promise<boolean> {
    try {
      const stored = await this.read(name, id)
      return stored === undefined || stored.record.removing === true
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return true
    }
  }

  /** `amend` for what is part of the history: nothing is said of one that retention is removing. */
  async describe(
    name: string,
    id: string,
    change: (record: CheckpointRecord) => CheckpointRecord,
  ): Promise<boolean> {
    return this.amend(name, id, (record) => {
      if (record.removing) throw gone
      return change(record)
    })
  }

  /** Changes what is said of a checkpoint. @returns Whether it was there. */
  async amend(
    name: string,
    id: string,
    change: (record: CheckpointRecord) => CheckpointRecord,
  ): Promise<boolean> {
    try {
      await this.#storage.update<CheckpointRecord>(
        id,
        (record) => {
          if (record === undefined) throw gone
          return change(record)
        },
        { subfolder: checkpointFolder(name) },
      )
      return true
    } catch (error) {
      if (error === gone) return false
      throw error
    }
  }

  async remove(name: string, id: string): Promise<void> {
    await this.#storage.delete(id, { subfolder: checkpointFolder(name) })
    if (this.recent.get(name)?.id === id) this.recent.delete(name)
  }

  /**
   * Takes back one that was just added, unless somebody has pinned or forked it: what others built on it
   * meanwhile is made whole, those who come later see the mark.
   */
  async retract(name: string, id: string): Promise<void> {
    let isKept = false
    try {
      await this.amend(name, id, (record) => {
        isKept = isProtected(record)
        return isKept ? record : { ...record, removing: true }
      })
    } catch {
      return this.#retractUnmarked(name, id)
    }
    if (isKept) return
    for (const later of await this.ids(name)) {
      if (later <= id) continue
      if (!buildsOn(await this.read(name, later), id)) continue
      const known = await this.data(name, later)
      if (known === undefined) continue
      const whole = { data: known.data }
      await this.amend(name, later, (record) => ({ ...record, content: whole }))
    }
    await this.remove(name, id)
  }

  /** A full disk takes no mark: one that nobody has built on goes without one. */
  async #retractUnmarked(name: string, id: string): Promise<void> {
    const ids = await this.ids(name)
    for (const later of ids) {
      if (later > id && buildsOn(await this.read(name, later), id)) return
    }
    // A thinning may put on it meanwhile what was read before.
    await this.removeUnmarked(name, id, new Set())
  }

  /**
   * Removes one without a mark, unless somebody has pinned or forked it. It comes back if somebody has built on it
   * meanwhile, who is not among the `known`. @returns Whether it is gone.
   */
  async removeUnmarked(name: string, id: string, known: ReadonlySet<string>): Promise<boolean> {
    const subfolder = checkpointFolder(name)
    const found = await this.#storage.loadEntry<CheckpointRecord>(id, { subfolder })
    if (found === undefined || isProtected(found.value)) return false
    if (this.recent.get(name)?.id === id) this.recent.delete(name)
    try {
      await this.#storage.delete(id, { subfolder, ifRevision: found.entry.revision })
    } catch (error) {
      // It is not what it was: somebody has pinned, forked or marked it.
      if (PersistError.is(error, "ERR_PERSIST_CONFLICT")) return false
      throw error
    }
    for (const one of await this.ids(name)) {
      if (one <= id || known.has(one) || !buildsOn(await this.read(name, one), id)) continue
      await this.#write(name, id, found.value)
      return false
    }
    return true
  }

  async #write(name: string, id: string, record: CheckpointRecord): Promise<void> {
    await this.#storage.save(id, record, { subfolder: checkpointFolder(name) })
  }
}

const gone = new Error("gone")
