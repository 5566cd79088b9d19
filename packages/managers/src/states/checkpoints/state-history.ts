import { historyIdTime } from "@persist/core"
import { isDiskFull } from "@persist/core/options"
import { commonItems } from "../../diff/common-items.ts"
import { describePatch } from "../../diff/describe-patch.ts"
import { diffValues } from "../../diff/diff-values.ts"
import { isEndless } from "../../diff/is-endless.ts"
import type { PatchOperation } from "../../diff/patch.ts"
import { checkAt, type ThinHistoryOptions } from "../options.ts"
import { allCheckpoints } from "./all-checkpoints.ts"
import {
  type Checkpoint,
  type CheckpointRecord,
  checkpointOf,
  isProtected,
  type StoredCheckpoint,
} from "./checkpoint.ts"
import { changesFrom } from "./checkpoint-content.ts"
import { isUnreadable, noCheckpoint } from "./checkpoint-errors.ts"
import type { CheckpointStore } from "./checkpoint-store.ts"
import { planThinning, type ThinningPlan, type ThinningPolicy } from "./thinning.ts"

/** What changed between two points of a history. */
export interface StateDiff {
  /** JSON Patch (RFC 6902). */
  readonly patch: readonly Exclude<PatchOperation, { op: "text" }>[]
  /** One line a change, for people. */
  readonly text: string
}

/** Data of a checkpoint as it was saved, its version beside it. */
export interface CheckpointData {
  readonly id: string
  readonly data: unknown
  readonly version: number | undefined
  readonly label: string | undefined
}

/** Reads and thins the checkpoints of states. */
export class StateHistory {
  readonly #store: CheckpointStore

  constructor(store: CheckpointStore) {
    this.#store = store
  }

  /** The checkpoints of `name`, oldest first. */
  async list(name: string, signal?: AbortSignal): Promise<Checkpoint[]> {
    return listed(await allCheckpoints(this.#store, name, signal))
  }

  /**
   * The data at `at`: the id of a checkpoint, or a label, of which the newest counts.
   *
   * @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_CORRUPT`
   */
  async load(name: string, at: string, signal?: AbortSignal): Promise<CheckpointData> {
    const stored = await this.find(name, at, signal)
    const known = await this.#store.data(name, stored.id, signal)
    if (known === undefined) throw noCheckpoint(name, at)
    const { version, label } = stored.record
    return { id: stored.id, data: known.data, version, label }
  }

  /** The stored checkpoint that `at` names. @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_INVALID_OPTION` */
  async find(name: string, at: string, signal?: AbortSignal): Promise<StoredCheckpoint> {
    checkAt(at)
    const isId = !Number.isNaN(historyIdTime(at))
    if (isId) {
      const stored = await this.#store.read(name, at, signal)
      if (stored !== undefined && !stored.record.removing) return stored
    }
    const all = await this.#current(name, signal)
    const found = all.findLast(({ record }) => record.label === at)
    if (found !== undefined) return found
    // What is damaged may have had that label; its id is known.
    const damage = isId ? undefined : all.find((one) => one.damage)?.damage
    throw damage ?? noCheckpoint(name, at)
  }

  /** Keeps a checkpoint from retention, or no longer. @throws `ERR_PERSIST_NOT_FOUND` */
  async pin(name: string, at: string, pinned: boolean, signal?: AbortSignal): Promise<void> {
    const { id } = await this.find(name, at, signal)
    await this.describe(name, id, (record) => ({ ...record, pinned }))
  }

  /** Changes what is said of a checkpoint. @throws `ERR_PERSIST_NOT_FOUND` when it is gone, or about to be. */
  async describe(
    name: string,
    id: string,
    change: (record: CheckpointRecord) => CheckpointRecord,
  ): Promise<void> {
    if (!(await this.#store.describe(name, id, change))) throw noCheckpoint(name, id)
  }

  /**
   * Removes what `policy` does not keep; see `planThinning`. With `dryRun` it only says what it would do. Once
   * something is marked, `signal` does not end it.
   */
  async thin(
    name: string,
    policy: ThinningPolicy,
    { dryRun = false, signal }: ThinHistoryOptions,
    current: () => Promise<string | undefined>,
    now: number,
  ): Promise<ThinningPlan> {
    const before = await allCheckpoints(this.#store, name, signal)
    // Asked for last: to read all of a long history takes its time, and the state may name another one since.
    const plan = planThinning(listed(before), policy, await current(), now)
    if (dryRun) return plan
    try {
      await this.#mark(name, plan.removed)
    } catch (error) {
      if (!isDiskFull((error as { readonly cause?: unknown }).cause)) throw error
      await this.#makeRoom(name, plan.removed)
      await this.#mark(name, plan.removed)
    }
    // From here on nobody takes a marked one as base: who had taken one before its mark is seen now. Not so of
    // what others mark from here on, which is for them to remove.
    const marked = new Set([...before.filter(isMarked), ...plan.removed].map(({ id }) => id))
    const all = await allCheckpoints(this.#store, name)
    const sound = soundOnes(all)
    const isRemoved = (one: StoredCheckpoint) => isMarked(one) && marked.has(one.id)
    const removing = new Set(all.filter(isRemoved).map(({ id }) => id))
    for (const stored of all) {
      if (removing.has(stored.id)) continue
      if (sound.has(stored.id) && (await this.#rebased(name, stored, all, removing))) continue
      // Nothing can be made of it, unless somebody mends it or what it builds on: whatever that may be, stays.
      for (const { id } of all) if (id < stored.id) removing.delete(id)
    }
    for (const id of removing) await this.#store.remove(name, id)
    return plan
  }

  async #mark(name: string, removed: readonly Checkpoint[]): Promise<void> {
    for (const { id } of removed) {
      await this.#store.amend(name, id, (record) =>
        isProtected(record) ? record : { ...record, removing: true },
      )
    }
  }

  /** A full disk takes no marks: what nothing builds on that stays goes without one. */
  async #makeRoom(name: string, removed: readonly Checkpoint[]): Promise<void> {
    const going = new Set(removed.map(({ id }) => id))
    const needed = new Set<string>()
    const all = await allCheckpoints(this.#store, name)
    const known = new Set(all.map(({ id }) => id))
    for (const { id, record, damage } of all.toReversed()) {
      // Whatever a damaged one builds on stays.
      if (damage) return
      const isFree = going.has(id) && !needed.has(id)
      const isGone = isFree && (await this.#store.removeUnmarked(name, id, known))
      if (!isGone && "base" in record.content) needed.add(record.content.base)
    }
  }

  /** Removes all checkpoints of `name`. */
  async clear(name: string): Promise<void> {
    let ids = await this.#store.ids(name)
    while (ids.length > 0) {
      // The newest first: what is left by a process that is killed meanwhile still has what it builds on.
      for (const id of ids.toReversed()) await this.#store.remove(name, id)
      // What somebody added meanwhile may build on what is gone; then it goes too.
      const left = await allCheckpoints(this.#store, name)
      ids = left.filter((one) => isBroken(one, left)).map(({ id }) => id)
    }
  }

  /** Puts a checkpoint whose base goes on the newest one before it that stays. @returns Whether it could be read for that. */
  async #rebased(
    name: string,
    stored: StoredCheckpoint,
    all: readonly StoredCheckpoint[],
    removing: ReadonlySet<string>,
  ): Promise<boolean> {
    const { content } = stored.record
    if (!("base" in content && removing.has(content.base))) return true
    try {
      await this.#rebase(name, stored, all)
      return true
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return false
    }
  }

  async #rebase(
    name: string,
    stored: StoredCheckpoint,
    all: readonly StoredCheckpoint[],
  ): Promise<void> {
    const known = await this.#store.data(name, stored.id)
    if (known === undefined) return
    const before = all.findLast((one) => one.id < stored.id && !isMarked(one))
    const base = before && (await this.#store.base(name, before.id))
    const content = base ? changesFrom(base, known.data, this.#store.form) : { data: known.data }
    await this.#store.amend(name, stored.id, (record) => ({ ...record, content }))
    if (!("base" in content)) return
    // Somebody else may have begun to remove the new base; who marks first, is seen here.
    const after = await this.#store.read(name, content.base)
    if (after !== undefined && !after.record.removing) return
    const whole = { data: known.data }
    await this.#store.amend(name, stored.id, (record) => ({ ...record, content: whole }))
  }

  async #current(name: string, signal?: AbortSignal): Promise<StoredCheckpoint[]> {
    return (await allCheckpoints(this.#store, name, signal)).filter((one) => !isMarked(one))
  }
}

/** What there is to say of `all`, without those that are being removed. */
function listed(all: readonly StoredCheckpoint[]): Checkpoint[] {
  const sound = soundOnes(all)
  return all
    .filter((one) => !isMarked(one))
    .map((one) => ({
      ...checkpointOf(one),
      ...(!sound.has(one.id) && { damaged: true as const }),
    }))
}

function isMarked({ record }: StoredCheckpoint): boolean {
  return record.removing === true
}

/** The ids of those that can be read, as far as their records tell; what one builds on comes before it. */
function soundOnes(all: readonly StoredCheckpoint[]): ReadonlySet<string> {
  const sound = new Set<string>()
  for (const { id, record, damage } of all) {
    const { content } = record
    if (damage === undefined && (!("base" in content) || sound.has(content.base))) sound.add(id)
  }
  return sound
}

function isBroken({ record: { content } }: StoredCheckpoint, all: readonly StoredCheckpoint[]) {
  return "base" in content && !all.some(({ id }) => id === content.base)
}

/** What changed from one value to another. */
export function stateDiff(before: unknown, after: unknown): StateDiff {
  const patch = (
    isEndless(after)
      ? [{ op: "replace", path: "", value: after }]
      : diffValues(before, after, { repeated: commonItems })
  ) as StateDiff["patch"]
  return { patch, text: describePatch(before, patch) }
}
