import { createHash } from "node:crypto"
import { StatementCache } from "../statement-cache.ts"
import type { KnownStatement } from "./known-statement.ts"

/** A statement that came more than once. */
export interface NamedStatement {
  /** What the server calls it. */
  readonly name: string
  /** How to run it without asking for its columns; set when they have been told. */
  known: KnownStatement | undefined
  /** Of its parameters; asked for when one is an array. */
  types?: readonly number[]
}

/** What every name begins with. */
export const namePrefix = "persist_"

const once = Symbol("seen once")

/**
 * Names for prepared statements. A name holds the hash of its SQL, so that a recycled one can never run
 * another statement's text; a statement gets its name when it comes a second time, and another one when
 * it comes again after it was forgotten.
 */
export class NamedStatements {
  readonly #seen: StatementCache<NamedStatement | typeof once>
  readonly #isOn: boolean
  readonly #dropped: string[] = []
  #count = 0

  constructor(capacity: number) {
    this.#isOn = capacity > 0
    this.#seen = new StatementCache(capacity, (statement) => {
      if (statement !== once) this.#dropped.push(statement.name)
    })
  }

  /** The name for `sql`, or `undefined` for a statement not worth one. */
  of(sql: string): NamedStatement | undefined {
    if (!this.#isOn) return undefined
    const seen = this.#seen.get(sql)
    if (seen === undefined) {
      this.#seen.set(sql, once)
      return undefined
    }
    if (seen !== once) return seen
    const hash = createHash("sha256").update(sql).digest("base64url").slice(0, 32)
    const name = `${namePrefix}${hash}_${++this.#count}`
    const named: NamedStatement = { name, known: undefined }
    this.#seen.set(sql, named)
    return named
  }

  /** The statement that runs `sql` without further questions, where there is one. */
  knownOf(sql: string): KnownStatement | undefined {
    const seen = this.#seen.get(sql)
    return seen === undefined || seen === once ? undefined : seen.known
  }

  /** Forgets the name of `sql`; the server is to forget it too. */
  forget(sql: string): void {
    this.#seen.delete(sql)
  }

  /** Forgets every name, since the tables have changed. */
  forgetAll(): void {
    this.#seen.clear()
  }

  get hasDropped(): boolean {
    return this.#dropped.length > 0
  }

  /** Names that the server may forget, each told once. */
  takeDropped(): readonly string[] {
    return this.#dropped.splice(0)
  }
}

const lent = new WeakMap<object, NamedStatements>()

/** The names that a client of a pool has kept from the last time it was lent: its server's process still has them. */
export function namedStatementsOf(client: object, capacity: number): NamedStatements {
  const kept = capacity > 0 ? lent.get(client) : undefined
  if (kept !== undefined) return kept
  const named = new NamedStatements(capacity)
  if (capacity > 0) lent.set(client, named)
  return named
}
