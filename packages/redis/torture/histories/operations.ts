import { PersistError, type SaveOptions, type Storage } from "@persist/core"
import type { HistoryRecord, Operation, State } from "./record.ts"

/** Where an operation is asked for. */
export interface Place {
  readonly record: HistoryRecord
  readonly storage: Storage
  /** Which of the storages it is. */
  readonly index: number
  readonly key: string
  /** Looked at when all is over. */
  readonly later: ((fresh: Storage) => Promise<void>)[]
}

type Act = (place: Place) => Promise<void>

/** One operation by chance; it never rejects. */
export function startOne(place: Place): Promise<void> {
  const acts: Act[] = [
    load,
    load,
    stat,
    remove,
    update,
    update,
    contend,
    save,
    save,
    save,
    save,
    save,
  ]
  return acts[place.record.pick(acts.length)]!(place)
}

/** A load and what it finds. A large value takes several questions, so it has no place in the order of asking. */
export async function load({ record, storage, index, key }: Place): Promise<void> {
  const operation = record.begin(index, key, "load", !record.plan.isLarge)
  operation.isInOrder = false
  try {
    const id = record.valueIn(await storage.load(key))
    operation.end(`${id}`, (state) => (state.value === id ? state : undefined))
  } catch (error) {
    record.failed(operation, error)
  }
}

const stat: Act = async ({ record, storage, index, key }) => {
  const operation = record.begin(index, key, "stat", true)
  operation.isInOrder = false
  try {
    const entry = await storage.stat(key)
    const id = entry === undefined ? 0 : record.valueOf(entry)
    operation.end(`${id}`, (state) => {
      const isMarked = entry?.fence === undefined || entry.fence === state.mark
      const isPerishable = entry?.expiresAt !== undefined
      const fits = state.value === id && isMarked && (id === 0 || isPerishable === state.life > 0)
      return fits ? state : undefined
    })
  } catch (error) {
    record.failed(operation, error)
  }
}

const save: Act = async ({ record, storage, index, key, later }) => {
  const { pick, plan } = record
  const { id, text } = record.newValue()
  const isChosen = (of: number) => pick(of) === 0
  const [version, backup] = [isChosen(4), isChosen(5)]
  const fence = isChosen(6) ? pick(8) : undefined
  const soon = plan.isPerishable && isChosen(2) ? 30 + pick(200) : 3_600_000
  const ttl = isChosen(5) ? soon : undefined
  const options: SaveOptions = {
    version,
    backup,
    ...(fence !== undefined && { fence }),
    ...(ttl && { ttl }),
  }
  const name = `save ${id} ${JSON.stringify({ ...options, size: text.length })}`
  const operation = record.begin(index, key, name, !backup && text.length < 16_000)
  const fits = (state: State) => fence === undefined || fence >= state.mark
  const leaves = (state: State) => ({
    value: id,
    mark: fence ?? state.mark,
    life: ttl === undefined ? 0 : id,
  })
  operation.apply = (state) => (fits(state) ? leaves(state) : undefined)
  if (version) record.addVersioned(key, id)
  if (ttl === soon && soon < 1_000) expire(record, key, id, operation, ttl, later)
  try {
    const entry = await storage.save(key, text, options)
    record.valueOf(entry)
    record.addVersion(key, entry, id)
    let before = 0
    const copy = entry.backup
    if (copy !== undefined) {
      later.push(async (fresh) => {
        before = record.valueIn(await fresh.load(key, { version: copy }))
      })
    }
    operation.end(copy === undefined ? "done" : "done, with backup", (state) =>
      fits(state) && (!backup || state.value === before) ? leaves(state) : undefined,
    )
  } catch (error) {
    if (!isFenced(operation, fence, error)) record.failed(operation, error)
  }
}

function expire(
  record: HistoryRecord,
  key: string,
  id: number,
  save: Operation,
  ttl: number,
  later: Place["later"],
): void {
  const operation = record.begin(-1, key, `${id} expires`)
  operation.began += ttl - 2
  operation.isOptional = false
  operation.apply = (state) => (state.life === id ? { ...state, value: 0, life: 0 } : state)
  later.push(async () => {
    if (!save.isOptional) operation.ended = save.ended + ttl + 5
  })
}

const contend: Act = async ({ record, storage, index, key }) => {
  const recent = [...record.values].slice(-3)
  const isNone = recent.length === 0 || record.pick(4) === 0
  const [revision, expected] = isNone ? [null, 0] : recent[record.pick(recent.length)]!
  const { id, text } = record.newValue()
  const version = record.pick(4) === 0
  if (version) record.addVersioned(key, id)
  const name = `save ${id} of ${text.length} if ${expected}`
  const operation = record.begin(index, key, name, text.length < 16_000)
  // It may have found something else first; where that answer was lost, it is asked again behind what came later.
  operation.isInOrder = false
  operation.apply = (state) =>
    state.value === expected ? { ...state, value: id, life: 0 } : undefined
  try {
    const entry = await storage.save(key, text, { ifRevision: revision, version })
    record.valueOf(entry)
    record.addVersion(key, entry, id)
    operation.end("done", operation.apply)
  } catch (error) {
    if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) return record.failed(operation, error)
    operation.end("conflict", (state) => (state.value === expected ? undefined : state))
  }
}

const update: Act = async ({ record, storage, index, key }) => {
  const operation = record.begin(index, key, "update")
  const [version, backup] = [record.pick(5) === 0, record.pick(6) === 0]
  let last = { seen: 0, id: 0 }
  const act = (state: State) =>
    state.value === last.seen ? { ...state, value: last.id } : undefined
  operation.apply = () => undefined
  const change = (current: string | undefined) => {
    const { id, text } = record.newValue()
    if (version) record.addVersioned(key, id)
    last = { seen: record.valueIn(current), id }
    operation.name += ` ${last.seen}>${id}`
    operation.apply = act
    return text
  }
  try {
    await storage.update<string>(key, change, { version, backup })
    operation.end("done", act)
  } catch (error) {
    record.failed(operation, error)
  }
}

const remove: Act = async ({ record, storage, index, key }) => {
  const fence = record.pick(5) === 0 ? record.pick(8) : undefined
  const backup = record.pick(5) === 0
  const options = { backup, ...(fence !== undefined && { fence }) }
  const operation = record.begin(index, key, `delete ${JSON.stringify(options)}`, !backup)
  const fits = (state: State) => fence === undefined || fence >= state.mark
  const leaves = (state: State) => ({ value: 0, mark: fence ?? state.mark, life: 0 })
  operation.apply = (state) => (fits(state) ? leaves(state) : undefined)
  try {
    const wasThere = await storage.delete(key, options)
    operation.isInOrder &&= wasThere
    operation.end(`${wasThere}`, (state) =>
      fits(state) && wasThere === state.value > 0 ? leaves(state) : undefined,
    )
  } catch (error) {
    if (!isFenced(operation, fence, error)) record.failed(operation, error)
  }
}

function isFenced(operation: Operation, fence: number | undefined, error: unknown): boolean {
  if (fence === undefined || !PersistError.is(error, "ERR_PERSIST_FENCED")) return false
  operation.isInOrder = false
  operation.end("fenced", (state) => (fence < state.mark ? state : undefined))
  return true
}
