import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { HistoryAgent } from "./history-agent.ts"
import { HistoryModel, type ModelData, type Outcome } from "./history-model.ts"

interface Step {
  readonly agent: number
  readonly kind: "save" | "load" | "grow" | "restore" | "pin" | "thin" | "fork" | "live" | "flush"
  readonly name: string
  readonly to: string
  readonly item: unknown
  readonly label: string | boolean
  readonly pick: number
  readonly change: "set" | "undo" | "redo"
}

const name = fc.constantFrom("a", "a/b", "c")
const step: fc.Arbitrary<Step> = fc.record({
  agent: fc.nat(2),
  kind: fc.constantFrom<Step["kind"][]>(
    ...(["save", "save", "load", "grow", "grow", "restore", "pin", "thin", "fork"] as const),
    ...(["live", "live", "live", "flush", "flush"] as const),
  ),
  name,
  to: name,
  item: fc.oneof(fc.nat(99), fc.record({ id: fc.nat(5), text: fc.string({ maxLength: 60 }) })),
  label: fc.constantFrom<(string | boolean)[]>("x", "y", true, true, false),
  pick: fc.nat(30),
  change: fc.constantFrom<Step["change"][]>("set", "set", "undo", "redo"),
})

/**
 * Random sequences of saves, restores, forks, thinnings, undone changes and migrations, each step by one of
 * three processes: of different schema versions, with clocks an hour apart. Every answer and the whole
 * history at the end must be the model's; throws with the sequence when one is not.
 */
export async function historyRounds(rounds: number, seed: number): Promise<void> {
  const hour = 3_600_000
  const agents = [new HistoryAgent(2, 0), new HistoryAgent(3, -hour), new HistoryAgent(2, hour)]
  try {
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 30, size: "max" }),
      (steps) => sequence(agents, steps),
    )
    await fc.assert(property, { numRuns: rounds, seed, endOnFailure: true })
  } finally {
    for (const agent of agents) await agent.end()
  }
}

async function sequence(agents: readonly HistoryAgent[], steps: readonly Step[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "persist-history-"))
  const model = new HistoryModel()
  try {
    for (const agent of agents) await agent.call("open", directory)
    for (const one of steps) await take(agents[one.agent]!, model, one)
    for (const agent of agents) await compare(agent, model)
    for (const agent of agents) await agent.call("close", "")
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function take(agent: HistoryAgent, model: HistoryModel, one: Step): Promise<void> {
  const { kind, name: of, to, item, label, pick, change } = one
  const { version } = agent
  const expectCall = async (outcome: Outcome, ...call: readonly unknown[]) => {
    const answer = await agent.call(...call)
    const wanted = JSON.parse(JSON.stringify(outcome)) as unknown
    if (isDeepStrictEqual(answer, wanted)) return
    throw new Error(
      `${JSON.stringify(call)} gave ${JSON.stringify(answer)}, not ${JSON.stringify(wanted)}`,
    )
  }
  if (kind === "save") {
    const data = { items: [item] }
    return expectCall(model.save(of, version, data, label), "save", of, data, label)
  }
  if (kind === "load") return expectCall(model.load(of, version), "load", of)
  if (kind === "grow") return expectCall(model.grow(of, version, item), "grow", of, item)
  if (kind === "live" || kind === "flush") {
    const opened = model.live(one.agent, of, version)
    await expectCall(opened, "live", of)
    if ("code" in opened) return
    if (kind === "flush") return expectCall(model.flush(one.agent, of, version), "flush", of)
    const data: ModelData = { items: [item, "live"] }
    if (change === "set") return expectCall(model.set(one.agent, of, data), "set", of, data)
    return expectCall(model[change](one.agent, of), change, of)
  }
  const { checkpoints } = model.state(of)
  if (checkpoints.length === 0) {
    return expectCall({ code: "ERR_PERSIST_NOT_FOUND" }, "restore", of, "nothing")
  }
  const chosen = pick % checkpoints.length
  const { id } = (await historyOf(agent, of))[chosen]!
  if (kind === "restore") return expectCall(model.restore(of, version, chosen), "restore", of, id)
  if (kind === "pin") return expectCall(model.pin(of, chosen), "pin", of, id)
  if (kind === "thin") return expectCall(model.thin(of, 1 + (pick % 4)), "thin", of, 1 + (pick % 4))
  return expectCall(model.fork(of, to, chosen), "fork", of, to, id)
}

interface Listed {
  readonly id: string
  readonly label?: string
  readonly pinned: boolean
  readonly of: number
}

async function historyOf(agent: HistoryAgent, of: string): Promise<Listed[]> {
  return (await agent.call("history", of)).value as Listed[]
}

async function compare(agent: HistoryAgent, model: HistoryModel): Promise<void> {
  for (const of of model.names()) {
    const history = await historyOf(agent, of)
    const found = history.map(({ label, pinned, of: version }) => ({ label, pinned, version }))
    const wanted = model
      .state(of)
      .checkpoints.map(({ label, pinned, version }) => ({ label, pinned, version }))
    if (!isDeepStrictEqual(found, wanted)) {
      throw new Error(`history of ${of}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
    }
    for (const [index, { id }] of history.entries()) {
      const there = await agent.call("load", of, id)
      const outcome = JSON.parse(JSON.stringify(model.loadAt(of, agent.version, index)))
      if (!isDeepStrictEqual(there, outcome)) {
        throw new Error(
          `${of} at ${index}: ${JSON.stringify(there)}, not ${JSON.stringify(outcome)}`,
        )
      }
    }
    const now = await agent.call("load", of)
    const outcome = JSON.parse(JSON.stringify(model.load(of, agent.version)))
    if (!isDeepStrictEqual(now, outcome)) {
      throw new Error(`${of} now: ${JSON.stringify(now)}, not ${JSON.stringify(outcome)}`)
    }
  }
}
