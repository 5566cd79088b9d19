import { PersistError, type Storage, type StorageOptions } from "../../src/index.ts"
import { changed, formats, retention, type Step, type StepOf } from "./storage-steps.ts"

/** A storage that can be opened again on its data. */
export interface Reopenable {
  open(options: StorageOptions): { readonly storage: Storage; close(): Promise<void> }
}

/** Runs steps on a storage; says of each what a `NaiveStorage` must say too. */
export class RealStorage {
  readonly #place: Reopenable
  readonly #options: StorageOptions
  readonly #stale = new Map<string, string>()
  #now: number
  #opened: ReturnType<Reopenable["open"]>

  /** @param now Milliseconds since the epoch: each storage under test has a time of its own. */
  constructor(place: Reopenable, now: number) {
    this.#place = place
    this.#now = now
    const { maxAge, ...keep } = retention
    this.#options = { clock: () => this.#now, keep, maxAge, serializers: formats }
    this.#opened = place.open(this.#options)
  }

  async run(step: Step): Promise<unknown> {
    const key = "key" in step ? step.key : undefined
    const before = key && (await this.#storage.stat(key))?.revision
    try {
      return await this.#run(step)
    } catch (error) {
      if (PersistError.is(error)) return error.code
      throw error
    } finally {
      const after = key && (await this.#storage.stat(key))?.revision
      if (before && before !== after) this.#stale.set(key, before)
    }
  }

  close(): Promise<void> {
    return this.#opened.close()
  }

  get #storage(): Storage {
    return this.#opened.storage
  }

  async #run(step: Step): Promise<unknown> {
    switch (step.do) {
      case "save":
        return this.#save(step)
      case "update":
        return this.#update(step)
      case "delete": {
        const { keeps, fence } = step
        const { ifRevision } = await this.#guard(step.key, step.which)
        return this.#storage.delete(step.key, {
          ...{ fence, backup: keeps === "backup", history: keeps === "no history" },
          ...(typeof ifRevision === "string" && { ifRevision }),
        })
      }
      case "restore": {
        const id = (await this.#storage.versions(step.key))[step.index]?.id ?? "made up"
        const { fence, backup } = step
        const { size, format } = await this.#storage.restore(step.key, id, { fence, backup })
        return [size, format]
      }
      case "load":
        return this.#load(step)
      case "history":
        return this.#history(step.key)
      case "list": {
        const { subfolder, pattern } = step
        const entries: string[] = []
        for await (const entry of this.#storage.entries({ subfolder, pattern })) {
          entries.push(entry.key)
        }
        return [await this.#storage.list({ subfolder, pattern }), entries.toSorted()]
      }
      case "wait":
        this.#now += step.time
        return undefined
      case "reopen":
        await this.close()
        // Which of two handles made a copy first is only as sure as the clock.
        this.#now++
        this.#opened = this.#place.open(this.#options)
        return undefined
    }
  }

  async #save(step: StepOf<"save">): Promise<unknown> {
    const { key, value, fence, ttl, version, backup, which } = step
    const guard = await this.#guard(key, which)
    const serializer = formats[step.format]!
    const options = { serializer, fence, ttl, version, backup, ...guard }
    const saved = step.atOnce
      ? this.#storage.saveSync(key, { value }, options)
      : await this.#storage.save(key, { value }, options)
    const made = [saved.version !== undefined, saved.backup !== undefined]
    return [saved.size, saved.format, ...made, this.#left(saved.expiresAt)]
  }

  async #update(step: StepOf<"update">): Promise<unknown> {
    const { key, fence, ttl, version, backup } = step
    const change = (current: unknown) => {
      if (step.fails) throw new PersistError("ERR_PERSIST_VALIDATION", "no")
      return changed(current)
    }
    const serializer = formats[step.format]!
    return this.#storage.update<unknown>(key, change, { serializer, fence, ttl, version, backup })
  }

  async #load({ key, byDefault }: StepOf<"load">): Promise<unknown> {
    if (byDefault) return this.#storage.load<unknown>(key, { default: "none" })
    const found = await this.#storage.loadEntry(key)
    if (found === undefined) return undefined
    const { size, format, expiresAt } = found.entry
    const fence = (await this.#storage.stat(key))?.fence
    return [found.value, size, format, this.#left(expiresAt), fence]
  }

  async #history(key: string): Promise<unknown> {
    const copies = [...(await this.#storage.versions(key)), ...(await this.#storage.backups(key))]
    const described = copies.map(async ({ id, kind, size, format }) => {
      return [kind, size, format, await this.#storage.load(key, { version: id })]
    })
    return Promise.all(described)
  }

  #left(expiresAt: Date | undefined): number | undefined {
    return expiresAt && expiresAt.getTime() - this.#now
  }

  async #guard(key: string, which: string): Promise<{ readonly ifRevision?: string | null }> {
    if (which === "any") return {}
    if (which === "null") return { ifRevision: null }
    if (which === "stale") return { ifRevision: this.#stale.get(key) ?? "never there" }
    return { ifRevision: (await this.#storage.stat(key))?.revision ?? null }
  }
}
