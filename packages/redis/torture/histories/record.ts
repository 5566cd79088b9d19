import { type Entry, PersistError } from "@persist/core"
import type { Pick } from "./faulty-proxy.ts"
import type { Step } from "./linearize.ts"
import type { HistoryPlan } from "./plan.ts"

/** What one key holds. */
export interface State {
  /** Which value; 0 for none. */
  readonly value: number
  /** Highest fencing token. */
  readonly mark: number
  /** Which save has given it the life that it has; 0 for none. */
  readonly life: number
}

/** An operation that is under way or has ended. */
export class Operation implements Step<State> {
  name: string
  began: number = performance.now()
  ended: number = Number.POSITIVE_INFINITY
  isOptional = true
  /** Those that it comes after though they overlap. */
  readonly after: readonly Operation[]
  readonly storage: number
  /** Whether what its storage is asked for later comes later, should it change something. */
  isInOrder: boolean
  apply: Step<State>["apply"]

  constructor(name: string, storage: number, after: readonly Operation[], isInOrder: boolean) {
    this.name = name
    this.storage = storage
    this.after = after
    this.isInOrder = isInOrder
    this.apply = (state) => state
  }

  end(name: string, apply: Step<State>["apply"]): void {
    this.name = `${this.name} → ${name}`
    this.ended = performance.now()
    this.isOptional = false
    this.apply = apply
  }
}

const allowed = [
  "ERR_PERSIST_INDETERMINATE",
  "ERR_PERSIST_CONNECTION",
  "ERR_PERSIST_TIMEOUT",
  "ERR_PERSIST_IO",
]
const sizes = { small: 40, large: 20_000, largest: 600_000 }

/** What is known of a history: its operations, the values that they name, and what was wrong at once. */
export class HistoryRecord {
  readonly plan: HistoryPlan
  readonly pick: Pick
  readonly problems: string[] = []
  /** By key. */
  readonly operations = new Map<string, Operation[]>()
  /** By revision, in the order in which they became known. */
  readonly values = new Map<string, number>()
  /** By key: the versions that were acknowledged. */
  readonly versions = new Map<string, Map<string, number>>()
  /** By key: the values that versions were asked for of. */
  readonly versioned = new Map<string, Set<number>>()
  #unique = 0

  constructor(plan: HistoryPlan, pick: Pick) {
    this.plan = plan
    this.pick = pick
  }

  begin(storage: number, key: string, name: string, isInOrder = false): Operation {
    const known = this.operations.get(key) ?? []
    this.operations.set(key, known)
    // What a server turns away may come later than it was asked for, the README says when.
    const isOrdered = isInOrder && this.plan.faults.answers.length === 0
    const after = isOrdered ? known.filter((one) => one.storage === storage && one.isInOrder) : []
    const operation = new Operation(`${storage}: ${name}`, storage, after, isOrdered)
    known.push(operation)
    return operation
  }

  /** Notes how it failed: what is left open may have happened, or not. */
  failed(operation: Operation, error: unknown): void {
    const code = PersistError.is(error) ? error.code : String(error)
    operation.name += ` → ${code}`
    if (!allowed.includes(code)) this.problems.push(`${operation.name}: ${error}`)
    if (code !== "ERR_PERSIST_CONNECTION" && code !== "ERR_PERSIST_IO") return
    operation.apply = () => undefined
  }

  /** A value that no other operation saves; its size alone says which. */
  newValue(): { id: number; text: string } {
    const id = ++this.#unique
    const { small, large, largest } = sizes
    const choices = this.plan.isLarge ? [small, small, small, large, largest] : [small]
    return { id, text: `${id}:`.padEnd(choices[this.pick(choices.length)]! + id, "x") }
  }

  /** Which value a text is; 0 for none. */
  valueIn(text: unknown): number {
    if (text === undefined) return 0
    const id = Number.parseInt(String(text), 10)
    const isWhole = Object.values(sizes).includes(String(text).length - id)
    if (!isWhole)
      this.problems.push(`${String(text).length} characters: ${String(text).slice(0, 20)}`)
    return id
  }

  /** Which value an entry is of: as JSON it has two bytes more. */
  valueOf({ revision, size }: Entry): number {
    const base = Object.values(sizes).findLast((one) => size - 2 > one) ?? 0
    const id = size - 2 - base
    const known = this.values.get(revision)
    if (known !== undefined && known !== id)
      this.problems.push(`${revision} is of ${known} and ${id}`)
    this.values.set(revision, id)
    return id
  }

  addVersioned(key: string, id: number): void {
    this.versioned.set(key, (this.versioned.get(key) ?? new Set()).add(id))
  }

  addVersion(key: string, { version }: Entry, id: number): void {
    if (version === undefined) return
    this.versions.set(key, (this.versions.get(key) ?? new Map()).set(version, id))
  }
}
