import { sameValue } from "../../diff/same-value.ts"
import { damagedCheckpoint, type StoredCheckpoint } from "./checkpoint.ts"
import { isUnreadable } from "./checkpoint-errors.ts"
import type { CheckpointStore } from "./checkpoint-store.ts"

/** Where somebody writes all the time, a look may be behind at every end of it. */
const mostLooks = 3

/** Every checkpoint of the state `name`, oldest first. */
export async function allCheckpoints(
  store: CheckpointStore,
  name: string,
  signal?: AbortSignal,
): Promise<StoredCheckpoint[]> {
  let found = await look(store, name, signal)
  for (let looks = 1; looks < mostLooks; looks++) {
    if (!(await isBehind(store, name, found, signal))) break
    found = await look(store, name, signal)
  }
  return found
}

async function look(store: CheckpointStore, name: string, signal: AbortSignal | undefined) {
  const found: StoredCheckpoint[] = []
  for (const id of await store.ids(name, signal)) {
    try {
      const stored = await store.read(name, id, signal)
      if (stored !== undefined) found.push(outline(stored))
    } catch (error) {
      // One that is damaged, or wants a class or key that is not there, does not hide the others.
      if (!isUnreadable(error)) throw error
      found.push(damagedCheckpoint(id, error))
    }
  }
  return found
}

/** A checkpoint without its data or changes: those of a long history have no room in memory. */
function outline({ id, record, size }: StoredCheckpoint): StoredCheckpoint {
  const { content } = record
  const outlined = "base" in content ? { ...content, patch: [] } : { data: undefined }
  return { id, record: { ...record, content: outlined }, size }
}

/** Whether one of `found` has, by now, a base that was not listed: one of both was written while the others were read. */
async function isBehind(
  store: CheckpointStore,
  name: string,
  found: readonly StoredCheckpoint[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const listed = new Set(found.map(({ id }) => id))
  const isWithoutBase = ({ record: { content } }: StoredCheckpoint) =>
    "base" in content && !listed.has(content.base)
  const lonely = found.filter(isWithoutBase)
  if (lonely.length === 0) return false
  const now = new Set(await store.ids(name, signal))
  const isThere = ({ record: { content } }: StoredCheckpoint) =>
    "base" in content && now.has(content.base)
  return lonely.some(isThere) || (await hasChanged(store, name, lonely, signal))
}

/** Whether one of `read` is another one by now, or gone. */
export async function hasChanged(
  store: CheckpointStore,
  name: string,
  read: readonly StoredCheckpoint[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const stored of read) {
    const now = await store.read(name, stored.id, signal)
    if (now === undefined || !sameFacts(now, stored)) return true
  }
  return false
}

/** Of the same data on the same base, the changes are the same. */
function sameFacts(one: StoredCheckpoint, other: StoredCheckpoint): boolean {
  return sameValue(outline(one).record, outline(other).record)
}
