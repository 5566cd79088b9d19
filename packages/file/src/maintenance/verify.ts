import { join } from "node:path"
import { nextTurn } from "@persist/atomic/waiting"
import type { FormatRegistry, StoredValue } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import { keyOfCanonicalPath, literalPath } from "../keys/key-path.ts"
import { scan } from "../listing/scan.ts"
import type { CurrentValues } from "../reading/current-values.ts"
import { locateAll } from "../reading/locate.ts"
import { settle } from "../reading/settle.ts"
import type { FileContext } from "../writing/context.ts"
import { copiesBelow, type Refused } from "./copies.ts"
import { lostKeys } from "./lost-keys.ts"
import type { Problem, VerifyOptions } from "./problem.ts"
import { isRefusal } from "./refusal.ts"

/** What a walk needs to know of its storage. */
export interface VerifyParts {
  readonly context: FileContext
  readonly current: CurrentValues
  readonly formats: FormatRegistry
}

const progressEvery = 100

/** Looks at every file of the storage, one after the other, safely while others write. */
export class Verification {
  readonly #parts: VerifyParts
  readonly #prefix: string
  readonly #options: VerifyOptions
  readonly #found: (problem: Problem) => Promise<unknown>
  /** Folders that could not be read. */
  readonly #refusals: Problem[] = []
  #files = 0
  #problems = 0
  #lastKey = ""

  /** @param found Called for each problem, and waited for. */
  constructor(
    parts: VerifyParts,
    prefix: string,
    options: VerifyOptions,
    found: (problem: Problem) => Promise<unknown>,
  ) {
    this.#parts = parts
    this.#prefix = prefix
    this.#options = options
    this.#found = found
  }

  /** @returns How many files were looked at. */
  async run(): Promise<number> {
    const { layout, history } = this.#parts.context
    const refused: Refused = (path, key = "", reason) => {
      if (!isRefusal(reason)) throw reason
      this.#refusals.push({ kind: "unreadable", key, path, reason })
    }
    const range = {
      prefix: this.#prefix,
      signal: this.#options.signal,
      refused: (folder: string, error: unknown) =>
        refused(join(layout.root, folder), keyOfFolder(folder), error),
    }
    for await (const { key, path } of scan(layout, range)) {
      await this.#look(key, join(layout.root, path), () => this.#verifyCurrent(key, path))
    }
    // Whose folder they lie in nobody can tell.
    if (this.#prefix === "") this.#lookForLostKeys()
    for (const { key, id, path, format } of copiesBelow(
      this.#parts.context,
      this.#prefix,
      refused,
    )) {
      await this.#look(key, path, async () => {
        if (!this.#isKnown(format)) return undefined
        const copy = await history.read(key, id)
        if (copy === undefined || this.#isWhole(copy)) return undefined
        return { kind: "damaged-copy", key, path }
      })
    }
    for (const problem of this.#refusals) await this.#tellOf(problem)
    this.#tell()
    return this.#files
  }

  #lookForLostKeys(): void {
    try {
      for (const problem of lostKeys(this.#parts.context.layout)) this.#refusals.push(problem)
    } catch (error) {
      // What cannot be read here could not be scanned either, and was told.
      if (!isRefusal(error)) throw error
    }
  }

  async #look(
    key: string,
    path: string,
    verify: () => Promise<Problem | undefined>,
  ): Promise<void> {
    throwIfAborted(this.#options.signal, "Verifying")
    this.#files++
    this.#lastKey = key
    let problem: Problem | undefined
    try {
      problem = await verify()
    } catch (reason) {
      throwIfAborted(this.#options.signal, "Verifying")
      problem = { kind: "unreadable", key, path, reason }
    }
    if (problem !== undefined) await this.#tellOf(problem)
    if (this.#files % progressEvery === 0) {
      this.#tell()
      await nextTurn()
    }
  }

  async #tellOf(problem: Problem): Promise<void> {
    this.#problems++
    await this.#found(problem)
  }

  async #verifyCurrent(key: string, name: string): Promise<Problem | undefined> {
    const { context, current } = this.#parts
    const located = locateAll(context.layout, key)[0]
    if (located === undefined) return undefined
    if (located.name !== name) {
      return { kind: "superseded", key, path: join(context.layout.root, name) }
    }
    // Whether such bytes are whole nobody can tell, and they may be larger than memory.
    if (context.isOpaque(located.format)) return undefined
    let stored = await current.read(key, this.#options.signal)
    if (stored !== undefined && !this.#isWhole(stored)) {
      const isOther = await settle(current, key, stored, this.#options.signal)
      if (isOther) stored = await current.read(key, this.#options.signal)
    }
    if (stored === undefined || this.#isWhole(stored)) return undefined
    return { kind: "damaged", key, path: located.path }
  }

  /** Whether anything can be said of bytes in `format`. */
  #isKnown(format: string): boolean {
    const { context, formats } = this.#parts
    return formats.extensions.includes(format) && !context.isOpaque(format)
  }

  #isWhole({ bytes, entry }: StoredValue): boolean {
    return this.#parts.formats.isValid(bytes, entry.format)
  }

  #tell(): void {
    this.#options.onProgress?.({
      files: this.#files,
      problems: this.#problems,
      key: this.#lastKey,
    })
  }
}

/** The subfolder that lies in `folder`, below the root. */
function keyOfFolder(folder: string): string | undefined {
  return keyOfCanonicalPath(folder) ?? literalPath(folder)
}
