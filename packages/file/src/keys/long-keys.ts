import { join } from "node:path"
import type { StageFileOptions } from "@persist/atomic"
import { tooManyOpen } from "@persist/atomic/waiting"
import { assertContained, isElsewhere } from "../reading/containment.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import { type Staging, writeBefore, writeBeforeSync } from "../writing/write-before.ts"
import { canonicalPath, internalFolder, isLongPath, longFolder, longKeyHash } from "./key-path.ts"

const mostKnown = 1_000

/**
 * The keys that are too long for a path. Their files are named by a hash; the key itself is kept
 * under `.persist/keys`, written before the first value, so that it can be listed.
 */
export class LongKeys {
  readonly #root: string
  readonly #folder: string
  readonly #known = new Map<string, string>()

  readonly #staging: Staging

  constructor(root: string, staging: Staging) {
    this.#root = root
    this.#staging = staging
    this.#folder = join(root, internalFolder, "keys")
  }

  /** Keeps `key`, if it is long and not kept yet: a promise then, which resolves when that is durable. */
  keep(key: string): Promise<void> | undefined {
    if (this.isKept(key)) return undefined
    const file = this.#fileOf(key)
    return writeBefore(file, JSON.stringify(key), this.#stagingOf(file)).then(() =>
      this.#remember(key),
    )
  }

  /** `keep` for programs that cannot wait. */
  keepSync(key: string): void {
    if (this.isKept(key)) return
    const file = this.#fileOf(key)
    writeBeforeSync(file, JSON.stringify(key), this.#stagingOf(file))
    this.#remember(key)
  }

  #fileOf(key: string): string {
    const name = longKeyHash(key)
    assertContained(this.#root, `${internalFolder}/keys/${name}/`)
    return join(this.#folder, name)
  }

  #stagingOf(file: string): StageFileOptions {
    const staging = this.#staging(file)
    // Node's permission model may refuse every sync; who asked for none is to be able to save there.
    const isWithout = staging.durability === "none" && process.permission !== undefined
    return isWithout ? staging : { ...staging, durability: "full" }
  }

  /** Whether nothing has to be kept before a value of `key`. One that cannot be read is made anew. */
  isKept(key: string): boolean {
    const path = canonicalPath(key)
    if (!isLongPath(path)) return true
    try {
      return this.keyOf(path) === key
    } catch (error) {
      if (tooManyOpen(error)) throw error
      return false
    }
  }

  /** The key whose canonical path is `path`. @throws System errors as they are. */
  keyOf(path: string): string | undefined {
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const hash = path.slice(longFolder.length + 1)
    if (!/^[0-9a-f]{40}$/.test(hash)) return undefined
    let key: unknown
    try {
      key = JSON.parse(Buffer.from(readSnapshotSync(join(this.#folder, hash)).bytes).toString())
    } catch (error) {
      // Damaged or missing. What the system refuses is there all the same, and a list without it would be wrong.
      if (error instanceof SyntaxError || isElsewhere(error)) return undefined
      throw error
    }
    if (typeof key !== "string" || longKeyHash(key) !== hash) return undefined
    this.#remember(key, path)
    return key
  }

  #remember(key: string, path = canonicalPath(key)): void {
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(path, key)
  }
}
