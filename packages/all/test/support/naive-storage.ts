import { changed, formats, retention, type Step, type StepOf } from "./storage-steps.ts"

interface Naive {
  readonly value: unknown
  readonly format: number
}

interface Live extends Naive {
  readonly expiresAt: number
}

interface Copy extends Naive {
  readonly kind: "version" | "backup"
  readonly savedAt: number
}

const never = Number.POSITIVE_INFINITY
const patterns: Readonly<Record<string, RegExp>> = {
  "*": /^[^/]*$/,
  "**/d": /^(.*\/)?d$/,
  "[ab]": /^[ab]$/,
  "b/**": /^b\/.*$/,
  c_d: /^c_d$/,
}

/** What the contract of a storage says, on plain maps: what a storage must say of each step. */
export class NaiveStorage {
  readonly #values = new Map<string, Live>()
  readonly #copies = new Map<string, Copy[]>()
  readonly #fences = new Map<string, number>()
  #now = 0

  run(step: Step): unknown {
    switch (step.do) {
      case "save":
        return this.#save(step)
      case "update":
        return this.#update(step)
      case "delete":
        return this.#delete(step)
      case "restore":
        return this.#restore(step)
      case "load": {
        const found = this.#live(step.key)
        if (found === undefined) return step.byDefault ? "none" : undefined
        const { expiresAt } = found
        const fence = this.#fences.get(step.key)
        return step.byDefault
          ? found.value
          : [found.value, ...said(found), left(expiresAt, this.#now), fence]
      }
      case "history": {
        const copies = this.#copies.get(step.key) ?? []
        const all = ["version", "backup"].flatMap((kind) =>
          copies.filter((one) => one.kind === kind),
        )
        return all.map((copy) => [copy.kind, ...said(copy), copy.value])
      }
      case "list": {
        const prefix = step.subfolder === "" ? "" : `${step.subfolder}/`
        const below = [...this.#values.keys()].filter(
          (key) => this.#live(key) && key.startsWith(prefix),
        )
        const names = below.map((key) => key.slice(prefix.length))
        const { pattern } = step
        const matching = pattern ? names.filter((name) => patterns[pattern]!.test(name)) : names
        return [matching.toSorted(), matching.toSorted()]
      }
      case "wait":
        this.#now += step.time
        return undefined
      case "reopen":
        this.#now++
        return undefined
    }
  }

  #save({ key, value, format, which, fence, ttl, version, backup }: StepOf<"save">): unknown {
    const refused = this.#refusal(key, fence, which)
    if (refused) return refused
    const keeps = this.#write(key, { value: { value }, format }, { fence, version, backup, ttl })
    return [
      ...said({ value: { value }, format }),
      version,
      keeps,
      left(this.#now + (ttl ?? never), this.#now),
    ]
  }

  #update({ key, fails, format, fence, ttl, version, backup }: StepOf<"update">): unknown {
    if (fails) return "ERR_PERSIST_VALIDATION"
    const refused = this.#refusal(key, fence, "any")
    if (refused) return refused
    const current = this.#live(key)
    const value = changed(current?.value)
    const life = ttl ?? (current?.expiresAt ?? never) - this.#now
    this.#write(key, { value, format }, { fence, version, backup, ttl: life })
    return value
  }

  #delete({ key, which, fence, keeps }: StepOf<"delete">): unknown {
    const refused = this.#refusal(key, fence, which === "null" ? "any" : which)
    if (refused) return refused
    const current = this.#live(key)
    if (fence !== undefined) this.#fences.set(key, fence)
    if (current && keeps === "backup") this.#keep(key, "backup", current)
    if (keeps === "no history") this.#copies.delete(key)
    this.#values.delete(key)
    return current !== undefined
  }

  #restore({ key, index, fence, backup }: StepOf<"restore">): unknown {
    const copy = (this.#copies.get(key) ?? []).filter(({ kind }) => kind === "version")[index]
    if (copy === undefined) return "ERR_PERSIST_NOT_FOUND"
    const refused = this.#refusal(key, fence, "any")
    if (refused) return refused
    this.#write(key, copy, { fence, version: false, backup, ttl: undefined })
    return said(copy)
  }

  #live(key: string): Live | undefined {
    const live = this.#values.get(key)
    return live && live.expiresAt > this.#now ? live : undefined
  }

  #refusal(key: string, fence: number | undefined, which: string): string | undefined {
    if (fence !== undefined && fence < (this.#fences.get(key) ?? 0)) return "ERR_PERSIST_FENCED"
    const isThere = which === "null" && this.#live(key) !== undefined
    if (isThere || which === "stale") return "ERR_PERSIST_CONFLICT"
    return undefined
  }

  /** @returns Whether it kept a backup. */
  #write(
    key: string,
    { value, format }: Naive,
    options: Pick<StepOf<"save">, "fence" | "version" | "backup"> & {
      readonly ttl: number | undefined
    },
  ): boolean {
    const { fence, version, backup, ttl = never } = options
    const replaced = this.#live(key)
    if (fence !== undefined) this.#fences.set(key, fence)
    if (backup && replaced) this.#keep(key, "backup", replaced)
    if (version) this.#keep(key, "version", { value, format })
    this.#values.set(key, { value, format, expiresAt: this.#now + ttl })
    return backup && replaced !== undefined
  }

  #keep(key: string, kind: Copy["kind"], { value, format }: Naive): void {
    const savedAt = this.#now
    const copies = [...(this.#copies.get(key) ?? []), { kind, value, format, savedAt }]
    const stays = (copy: Copy) => {
      const age = copies
        .filter((one) => one.kind === copy.kind)
        .toReversed()
        .indexOf(copy)
      const limit = copy.kind === "version" ? retention.versions : retention.backups
      return age === 0 || (age < limit && this.#now - copy.savedAt <= retention.maxAge)
    }
    this.#copies.set(key, copies.filter(stays))
  }
}

/** Size and format of what is stored. */
function said({ value, format }: Naive): [size: number, format: string] {
  const serializer = formats[format]!
  return [serializer.encode(value).length, serializer.fileExtension]
}

/** Milliseconds until the end, if there is one. */
function left(expiresAt: number, now: number): number | undefined {
  return expiresAt === never ? undefined : expiresAt - now
}
