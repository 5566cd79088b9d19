import assert from "node:assert/strict"
import type { Entry } from "../../storage/entry.ts"
import type { Outcome } from "../faults/outcome.ts"
import { Random } from "../random.ts"
import { type FaultContext, uniqueText } from "./faults.ts"

interface Counter {
  readonly count: number
  readonly text: string
}

/** What several writers did to three keys, while everything went wrong that can. */
class Storm {
  readonly #context: FaultContext
  readonly #random = new Random(7)
  /** What every save of "register" was told. */
  readonly saves = new Map<string, Outcome<Entry>>()
  readonly updates: Outcome<unknown>[] = []
  /** Of the saves of "guarded": what they replaced, and what they were told. */
  readonly guarded: { readonly base: string | null; readonly outcome: Outcome<Entry> }[] = []

  constructor(context: FaultContext) {
    this.#context = context
  }

  async write(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const text = uniqueText()
      await this.#trouble(text)
      const step = this.#random.below(3)
      if (step === 0) await this.#save(text)
      else if (step === 1) await this.#update(text)
      else await this.#guardedSave(text)
    }
  }

  async #trouble(text: string): Promise<void> {
    const { faults } = this.#context
    const kind = this.#random.below(10)
    if (kind < 3) void faults.dropReplyOnce(text)
    else if (kind < 5) void faults.dropRequestOnce(text)
    else if (kind === 5) await faults.cut()
  }

  async #save(text: string): Promise<void> {
    const { storage, settle } = this.#context
    this.saves.set(text, await settle(storage.save("register", text)))
  }

  async #update(text: string): Promise<void> {
    const { storage, settle } = this.#context
    const change = ({ count }: Counter): Counter => ({ count: count + 1, text })
    const initial: Counter = { count: 0, text: "" }
    this.updates.push(await settle(storage.update("counter", change, { default: initial })))
  }

  async #guardedSave(text: string): Promise<void> {
    const { storage, settle, again } = this.#context
    const base = (await again(() => storage.stat("guarded")))?.revision ?? null
    const work = storage.save("guarded", text, { ifRevision: base })
    this.guarded.push({ base, outcome: await settle(work, "ERR_PERSIST_CONFLICT") })
  }
}

/** The invariants of a storm, once it is over. */
export async function stormCheck(context: FaultContext): Promise<void> {
  const { storage, faults, again } = context
  const storm = new Storm(context)
  await Promise.all([storm.write(20), storm.write(20), storm.write(20)])
  await faults.heal()

  const acknowledged = [...storm.saves.values()]
    .filter(isApplied)
    .map(({ value }) => value.revision)
  assert.equal(new Set(acknowledged).size, acknowledged.length, "two saves have one revision")

  const found = await again(() => storage.load<string>("register"))
  const last = found === undefined ? undefined : storm.saves.get(found)
  if (acknowledged.length > 0) assert.notEqual(last, undefined, `nobody has saved ${found}`)
  if (last) assert.notEqual(last.state, "not applied", "a save that failed is there")

  const applied = storm.updates.filter(isApplied).length
  const possible = storm.updates.filter(({ state }) => state !== "not applied").length
  const count = (await again(() => storage.load<Counter>("counter")))?.count ?? 0
  assert.ok(
    count >= applied && count <= possible,
    `${applied} updates were acknowledged, ${possible} are possible, ${count} are there`,
  )

  const bases = storm.guarded.filter(({ outcome }) => isApplied(outcome)).map(({ base }) => base)
  assert.equal(new Set(bases).size, bases.length, "two saves have replaced one revision")
}

function isApplied<T>(outcome: Outcome<T>): outcome is Outcome<T> & { readonly state: "applied" } {
  return outcome.state === "applied"
}
