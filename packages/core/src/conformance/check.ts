import assert from "node:assert/strict"
import type { StorageOptions } from "../storage/options.ts"
import type { Storage } from "../storage/storage.ts"
import type { StorageSupport } from "../storage/supports.ts"
import { describeValue } from "../values/plain.ts"
import { fakeClock } from "./fake-clock.ts"
import { refusals } from "./refusals.ts"
import { type ConformanceReport, publishReport } from "./report.ts"
import type { ConformanceClock, ConformanceRunner, ConformanceTarget } from "./target.ts"

/** What the body of a check works with. */
export interface CheckContext<S extends Storage = Storage> {
  /** Empty, and the check's own. */
  readonly storage: S
  readonly clock: ConformanceClock
  readonly target: ConformanceTarget<S>
  /** One more storage that shares nothing with `storage`; closed at the end. */
  open(options?: StorageOptions): Promise<S>
  /** One more handle on the data of `storage`; closed at the end. */
  reopen(options?: StorageOptions): Promise<S>
}

/** Options of one check. */
export interface CheckOptions {
  /** Abilities it needs; where one is absent, the check asserts that its calls are refused. */
  readonly needs?: readonly (keyof StorageSupport)[]
  /** Options that `storage` is opened with. */
  readonly storage?: StorageOptions
}

/** What a check could not be made for. */
export type Absence = Pick<ConformanceReport, "outcome" | "absent">

type Body<S extends Storage> = (context: CheckContext<S>) => Promise<Absence | void>

interface Check<S extends Storage> {
  (name: string, body: Body<S>): void
  (name: string, options: CheckOptions, body: Body<S>): void
}

/** Registers checks with the runner; each gets a storage of its own, closed whatever happens. */
export class Checks<S extends Storage = Storage> {
  readonly target: ConformanceTarget<S>
  readonly #runner: ConformanceRunner
  #group = ""

  constructor(runner: ConformanceRunner, target: ConformanceTarget<S>) {
    this.#runner = runner
    this.target = target
  }

  group(name: string, body: () => void): void {
    this.#runner.describe(name, () => {
      this.#group = name
      body()
    })
  }

  /** Registers, instead of a group, that the target lacks what its checks need. */
  leaveOut(name: string, member: keyof ConformanceTarget): void {
    this.group(name, () => {
      const check = `are left out: the target has no "${member}"`
      const report = { target: this.target.name, group: name, check }
      this.#runner.test(check, async () => {
        assert.equal(this.target[member], undefined)
        publishReport({ ...report, outcome: "left out", absent: member })
      })
    })
  }

  /** Registers one check: a name, its options if it has any, what it does. */
  readonly check: Check<S> = (name, ...rest: readonly unknown[]): void => {
    const [options, body] = (rest.length === 1 ? [{}, rest[0]] : rest) as [CheckOptions, Body<S>]
    const report = { target: this.target.name, group: this.#group, check: name }
    this.#runner.test(name, async () => {
      let outcome: Absence = { outcome: "failed" }
      try {
        const absent = await this.#run(body, options)
        outcome = absent === undefined ? { outcome: "kept" } : absent
      } finally {
        publishReport({ ...report, ...outcome })
      }
    })
  }

  /** @returns What is absent, if anything is. */
  async #run(body: Body<S>, options: CheckOptions): Promise<Absence | undefined> {
    const opened: S[] = []
    let absence: Absence | undefined
    try {
      absence = await this.#runOn(opened, body, options)
    } catch (error) {
      // This is what went wrong, and not that something cannot be closed after it.
      await closeAll(opened)
      throw error
    }
    for (const failure of await closeAll(opened)) throw failure
    return absence
  }

  async #runOn(
    opened: S[],
    body: Body<S>,
    { needs = [], storage: storageOptions }: CheckOptions,
  ): Promise<Absence | undefined> {
    const { target } = this
    const clock = target.clock?.() ?? fakeClock()
    const track = async (storage: S | Promise<S>) => {
      const given: unknown = await storage
      if (!isStorage(given)) {
        throw new TypeError(
          `"open" and "reopen" of "${target.name}" must give a Storage that says in "supports" what it can do; this is ${describeValue(given)}.`,
        )
      }
      opened.push(given as S)
      return given as S
    }
    const withClock = (options: StorageOptions = {}) => ({ clock: clock.now, ...options })
    const storage = await track(target.open(withClock(storageOptions)))
    const absent = needs.find((ability) => !storage.supports[ability])
    if (absent) {
      await refusals[absent](storage)
      return { outcome: "refused", absent: `supports.${absent}` }
    }
    const open = (options?: StorageOptions) => track(target.open(withClock(options)))
    const reopen = (options?: StorageOptions) => {
      if (target.reopen) return track(target.reopen(storage, withClock(options)))
      throw new TypeError(
        `"${target.name}" says supports.persistent or multiProcess; give the suite "reopen" to show it.`,
      )
    }
    return (await body({ storage, clock, target, open, reopen })) ?? undefined
  }
}

function isStorage(given: unknown): boolean {
  const { close, supports } = (given ?? {}) as Partial<Storage>
  return typeof close === "function" && typeof supports === "object" && supports !== null
}

/** Closes all of them, the last first, and gives what that threw. */
async function closeAll(storages: readonly Storage[]): Promise<unknown[]> {
  const failures: unknown[] = []
  for (const storage of storages.toReversed()) {
    await storage.close().catch((error) => failures.push(error))
  }
  return failures
}
