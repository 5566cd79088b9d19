import { createHash } from "node:crypto"
import { StatementCache } from "../statement-cache.ts"

/**
 * Names for prepared statements. A name is the hash of its SQL, so that a recycled one can never run
 * another statement's text; a statement gets its name when it comes a second time.
 */
export class NamedStatements {
  readonly #seen: StatementCache<string>
  readonly #isOn: boolean
  readonly #dropped: string[] = []

  constructor(capacity: number) {
    this.#isOn = capacity > 0
    this.#seen = new StatementCache<string>(capacity, (name) => {
      if (name !== "") this.#dropped.push(name)
    })
  }

  /** The name for `sql`, or `undefined` for a statement not worth one. */
  nameOf(sql: string): string | undefined {
    if (!this.#isOn) return undefined
    const known = this.#seen.get(sql)
    if (known === undefined) {
      this.#seen.set(sql, "")
      return undefined
    }
    if (known !== "") return known
    const name = `persist_${createHash("sha256").update(sql).digest("base64url").slice(0, 32)}`
    this.#seen.set(sql, name)
    return name
  }

  /** Forgets the name of `sql`; the server is to forget it too. */
  forget(sql: string): void {
    this.#seen.delete(sql)
  }

  get hasDropped(): boolean {
    return this.#dropped.length > 0
  }

  /** Names that the server may forget, each told once. */
  takeDropped(): readonly string[] {
    return this.#dropped.splice(0)
  }
}
