import { join } from "node:path"
import { checkFence, PersistError } from "@persist/core"
import { internalFolder } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { factsOf, isMissing } from "../reading/containment.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import type { AskingServer } from "./asking-server.ts"
import { type Staging, writeBeforeSync } from "./write-before.ts"

/**
 * The highest fencing token of each key that was ever written with one, in `.persist/fences/<key>/mark.txt`. It
 * is durable before the value that it came with takes effect, so that no crash leaves a value
 * without its mark; who then died leaves a mark that its own token, and every later one, still passes.
 */
export class FenceMarks {
  readonly #layout: Layout
  readonly #staging: Staging
  readonly #server: AskingServer
  readonly #folder: string
  #areUsed = false

  constructor(layout: Layout, staging: Staging, server: AskingServer) {
    this.#layout = layout
    this.#staging = staging
    this.#server = server
    this.#folder = join(layout.root, internalFolder, "fences")
  }

  /** The mark of `key`, where it can be read: who only looks is not kept from it by a damaged one. */
  known(key: string): number | undefined {
    try {
      return this.#of(key)
    } catch (error) {
      if (PersistError.is(error, "ERR_PERSIST_CORRUPT")) return undefined
      throw error
    }
  }

  // One look at the disk where no key has any.
  #of(key: string): number | undefined {
    this.#areUsed ||= factsOf(this.#folder) !== undefined
    if (!this.#areUsed) return undefined
    const path = this.#path(key)
    let text: string
    try {
      text = Buffer.from(readSnapshotSync(path).bytes).toString()
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    if (/^\d{1,16}$/.test(text)) return Number(text)
    throw new PersistError(
      "ERR_PERSIST_CORRUPT",
      `The fencing mark of "${key}" is damaged, so nobody can tell whose writes are late; write the token of the present lease into ${path}, or remove it.`,
      { key, path },
    )
  }

  /**
   * Checks `fence`, and returns what raises the mark to it. Call both under the key's commit lock, and the
   * second directly before the change takes effect, with the check whether the lock is still held: another may have
   * raised the mark further since.
   *
   * @throws `ERR_PERSIST_FENCED`, `ERR_PERSIST_CORRUPT`
   */
  check(key: string, fence: number): (stillHeld: () => void) => void {
    this.#server.ask(this.#path(key))
    const stored = this.#of(key)
    checkFence(key, fence, stored)
    return (stillHeld) => {
      if (fence !== stored) this.#write(key, fence, stillHeld)
    }
  }

  #write(key: string, fence: number, beforeCommit: () => void): void {
    this.#areUsed = true
    const path = this.#path(key)
    writeBeforeSync(path, String(fence), { ...this.#staging(path), beforeCommit })
  }

  // No folder of a longer key has such a name.
  #path(key: string): string {
    return this.#layout.internal("fences", key, "mark.txt")
  }
}
