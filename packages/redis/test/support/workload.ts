import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { PersistError, type Storage } from "@persist/core"
import { inTime } from "./in-time.ts"
import { until } from "./until.ts"

const keysPerWriter = 10
/** What may become of an operation while a server is away; anything else is a defect. */
const allowed = ["ERR_PERSIST_INDETERMINATE", "ERR_PERSIST_CONNECTION", "ERR_PERSIST_TIMEOUT"]

interface Known {
  /** The value of the last save that was acknowledged. */
  acknowledged: number
  /** The value of the last save that was tried. */
  tried: number
}

/** How a load is made. */
export interface WorkloadOptions {
  readonly writers?: number
  /** Milliseconds within which every operation must settle. */
  readonly deadline: number
}

/**
 * Saves and counts on a storage without pause while faults are made, and knows what must be there afterwards.
 * Every key has one writer, so that what was acknowledged last is either there, or overwritten by one whose outcome is unknown.
 */
export class Workload {
  readonly #storage: Storage
  readonly #deadline: number
  readonly #known = new Map<string, Known>()
  readonly #revisions = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #unexpected: unknown[] = []
  readonly #writers: Promise<void>[]
  /** How often each writer succeeded, one after the other. */
  readonly #successes: number[]
  #isOver = false
  #slowest = 0
  #operations = 0
  /** What each writer has counted up, on a key of its own: the wait for others is no part of the deadline. */
  readonly #counted: { acknowledged: number; unknown: number }[]

  constructor(storage: Storage, { writers = 8, deadline }: WorkloadOptions) {
    this.#storage = storage
    this.#deadline = deadline
    this.#successes = Array.from({ length: writers }, () => 0)
    this.#counted = this.#successes.map(() => ({ acknowledged: 0, unknown: 0 }))
    this.#writers = this.#successes.map((_, writer) => this.#write(writer))
  }

  /** Revisions of the saves that were acknowledged. */
  get revisions(): ReadonlySet<string> {
    return this.#revisions
  }

  get failures(): number {
    return [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Resolves when something has failed that began after now. */
  async failing(): Promise<void> {
    const before = this.failures
    await until("an operation fails", () => this.failures > before)
  }

  /** Resolves when every writer has succeeded so often again. */
  async working(times = 20): Promise<void> {
    const before = [...this.#successes]
    await until("every writer succeeds again", () => {
      assert.deepEqual(this.#unexpected, [])
      return this.#successes.every((count, writer) => count >= before[writer]! + times)
    })
  }

  /** Ends the load, and says what came of it; fails when something acknowledged is not there. */
  async end(): Promise<string> {
    this.#isOver = true
    await Promise.all(this.#writers)
    assert.deepEqual(this.#unexpected, [])
    for (const [key, { acknowledged, tried }] of this.#known) {
      const found = ((await this.#storage.load(key)) as number | undefined) ?? 0
      const isThere = acknowledged <= found && found <= tried
      assert.ok(isThere, `${key} holds ${found}: acknowledged ${acknowledged}, tried ${tried}`)
    }
    for (const [writer, { acknowledged, unknown }] of this.#counted.entries()) {
      const count = ((await this.#storage.load(`count/${writer}`)) as number | undefined) ?? 0
      const most = acknowledged + unknown
      assert.ok(
        acknowledged <= count,
        `${acknowledged} updates were acknowledged, ${count} are there`,
      )
      assert.ok(count <= most, `at most ${most} updates were made, ${count} are there`)
    }
    const failures = [...this.#failures].map(([code, times]) => `${times} × ${code}`).join(", ")
    return `${this.#operations} operations, slowest ${Math.round(this.#slowest)} ms; ${failures || "none failed"}`
  }

  async #write(writer: number): Promise<void> {
    // A defect ends it: what fails at once would fail for ever.
    for (let round = 1; !this.#isOver && this.#unexpected.length === 0; round++) {
      if (round % 5 === 0) await this.#count(writer)
      else await this.#save(writer, `w${writer}/${round % keysPerWriter}`, round)
    }
  }

  async #save(writer: number, key: string, value: number): Promise<void> {
    const known = this.#known.get(key) ?? { acknowledged: 0, tried: 0 }
    this.#known.set(key, known)
    known.tried = value
    const entry = await this.#try(writer, () => this.#storage.save(key, value))
    if (entry === undefined) return
    known.acknowledged = value
    assert.ok(!this.#revisions.has(entry.revision), "a revision comes once")
    this.#revisions.add(entry.revision)
  }

  async #count(writer: number): Promise<void> {
    const change = (count: unknown) => ((count as number | undefined) ?? 0) + 1
    const done = await this.#try(writer, () => this.#storage.update(`count/${writer}`, change))
    const counted = this.#counted[writer]!
    if (done === undefined) counted.unknown++
    else counted.acknowledged++
  }

  async #try<T>(writer: number, work: () => Promise<T>): Promise<T | undefined> {
    const began = performance.now()
    this.#operations++
    try {
      const result = await inTime(this.#deadline, "an operation", work())
      this.#successes[writer]!++
      return result
    } catch (error) {
      const code = PersistError.is(error) ? error.code : "none"
      this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1)
      if (!allowed.includes(code)) this.#unexpected.push(error)
      await setImmediate()
      return undefined
    } finally {
      this.#slowest = Math.max(this.#slowest, performance.now() - began)
    }
  }
}
