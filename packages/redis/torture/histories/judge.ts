import type { Change, Storage } from "@persist/core"
import { isExplained, type Step } from "./linearize.ts"
import type { HistoryRecord, Operation, State } from "./record.ts"

const nothing: State = { value: 0, mark: 0, life: 0 }
const shown = ({ value, mark, life }: State) => `${value} ${mark} ${life}`

/** Whether some order explains the operations of every key. */
export function judgeOrder({ operations, problems }: HistoryRecord): void {
  for (const [key, all] of operations) {
    if (isExplained(ordered(all), nothing, shown) !== false) continue
    const isMisplaced = isExplained(unordered(all), nothing, shown)
    const how = isMisplaced ? "in the order of asking" : "at all"
    const at = (time: number) => (time - all[0]!.began).toFixed(1)
    const lines = all.map(({ name, began, ended }) => `  ${at(began)}–${at(ended)} ${name}`)
    problems.push(`${key} is not linearizable ${how}:\n${lines.join("\n")}`)
  }
}

/** Each after the writes that its storage was asked for before; what changed nothing was perhaps asked again later. */
function ordered(all: readonly Operation[]): readonly Step<State>[] {
  const steps = new Map<Operation, Step<State>>()
  for (const one of all) {
    const after = one.after.filter(({ isInOrder }) => isInOrder).map((other) => steps.get(other)!)
    steps.set(one, { ...one, after })
  }
  return [...steps.values()]
}

function unordered(all: readonly Operation[]): readonly Step<State>[] {
  return all.map((one) => ({ ...one, after: [] }))
}

/** Whether the acknowledged versions are there, and none that nobody has asked for, or twice; and the list is right. */
export async function judgeVersions(record: HistoryRecord, fresh: Storage): Promise<void> {
  const { plan, problems } = record
  const live = await fresh.list()
  for (const key of record.operations.keys()) {
    const found = new Map<string, number>()
    for (const { id, kind } of await fresh.versions(key)) {
      if (kind === "version") found.set(id, record.valueIn(await fresh.load(key, { version: id })))
    }
    const values = [...found.values()]
    if (found.size > plan.versions) problems.push(`${key} has ${found.size} versions`)
    if (new Set(values).size < values.length) problems.push(`${key} has a version twice: ${values}`)
    const foreign = values.filter((value) => !record.versioned.get(key)?.has(value))
    if (foreign.length > 0) problems.push(`${key} has versions of ${foreign}`)
    for (const [id, value] of record.versions.get(key) ?? []) {
      if (found.size < plan.versions && found.get(id) !== value) problems.push(`${key} lacks ${id}`)
    }
    if (live.includes(key) !== (await fresh.exists(key)))
      problems.push(`${key} is listed otherwise`)
  }
}

/** Whether each watch was told what is there, and nothing twice. */
export async function judgeWatch(
  { operations, problems }: HistoryRecord,
  changes: readonly Change[],
  fresh: Storage,
): Promise<void> {
  const revisions = changes.flatMap(({ revision }) => revision ?? [])
  if (new Set(revisions).size < revisions.length) problems.push("a watch tells something twice")
  if (changes.some(({ type }) => type === "gap")) return
  for (const key of operations.keys()) {
    const entry = await fresh.stat(key)
    const last = changes.findLast((change) => change.key === key)
    if (entry !== undefined && last?.revision !== entry.revision) {
      problems.push(`a watch ends with ${last?.revision} of ${key}, which is ${entry.revision}`)
    }
  }
}
