import assert from "node:assert/strict"
import { PersistError } from "@persist/atomic"
import type { Storage } from "../../storage/storage.ts"
import type { Checks } from "../check.ts"
import { Random } from "../random.ts"

const keys = ["a", "A", "a/b", "a/b/c", "b", "\u00e9", "e\u0301", "con", "a.json"] as const

interface Model {
  readonly values: Map<string, { value: unknown; revision: string }>
  /** Old revisions, which no value has any more. */
  readonly stale: string[]
  readonly versions: Map<string, Map<string, unknown>>
}

type Step = (storage: Storage, model: Model, random: Random, key: string) => Promise<void>

const save: Step = async (storage, model, random, key) => {
  const value = { number: random.below(1000), text: "x".repeat(random.below(50)) }
  const version = storage.supports.history && random.below(4) === 0
  const entry = await storage.save(key, value, version ? { version } : {})
  const old = model.values.get(key)
  if (old) model.stale.push(old.revision)
  model.values.set(key, { value, revision: entry.revision })
  if (!version) return
  const versions = model.versions.get(key) ?? new Map<string, unknown>()
  model.versions.set(key, versions.set(entry.version!, value))
}

const load: Step = async (storage, model, _random, key) => {
  const found = await storage.loadEntry(key)
  assert.deepEqual(found?.value, model.values.get(key)?.value)
  assert.equal(found?.entry.revision, model.values.get(key)?.revision)
}

const remove: Step = async (storage, model, _random, key) => {
  const old = model.values.get(key)
  assert.equal(await storage.delete(key), old !== undefined)
  if (old) model.stale.push(old.revision)
  model.values.delete(key)
}

const update: Step = async (storage, model, random, key) => {
  const next = random.below(1000)
  const old = model.values.get(key)
  const seen = await storage.update<unknown>(key, (current) => [current ?? null, next])
  assert.deepEqual(seen, [old?.value ?? null, next])
  if (old) model.stale.push(old.revision)
  const revision = (await storage.stat(key))!.revision
  model.values.set(key, { value: seen, revision })
}

const contend: Step = async (storage, model, random, key) => {
  const current = model.values.get(key)
  const candidates = [null, current?.revision, ...model.stale.slice(-3), "made up"]
  const ifRevision = random.pick(candidates.filter((candidate) => candidate !== undefined))
  const value = random.below(1000)
  try {
    const { revision } = await storage.save(key, value, { ifRevision })
    assert.equal(ifRevision, current?.revision ?? null, "a stale revision was let through")
    model.values.set(key, { value, revision })
  } catch (error) {
    if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
    assert.notEqual(ifRevision, current?.revision ?? null, "the current revision was refused")
  }
}

const list: Step = async (storage, model) => {
  assert.deepEqual(await storage.list(), [...model.values.keys()].toSorted())
}

const history: Step = async (storage, model, _random, key) => {
  if (!storage.supports.history) return
  const expected = model.versions.get(key) ?? new Map<string, unknown>()
  const ids = (await storage.versions(key)).map(({ id }) => id)
  assert.deepEqual(ids, [...expected.keys()].toSorted())
  for (const [id, value] of expected) {
    assert.deepEqual(await storage.load(key, { version: id }), value)
  }
}

const steps: readonly Step[] = [
  save,
  save,
  save,
  load,
  load,
  remove,
  update,
  contend,
  list,
  history,
]

/** Random sequences of operations beside a plain map. */
export function modelChecks(checks: Checks): void {
  const { check, target } = checks
  const { seed = 1 } = target
  checks.group("model", () => {
    for (let round = 0; round < 4; round++) {
      check(`behaves like a map, seed ${seed + round}`, async ({ storage, reopen }) => {
        const random = new Random(seed + round)
        const model: Model = { values: new Map(), stale: [], versions: new Map() }
        let handle: Storage = storage
        for (let count = 0; count < 120; count++) {
          if (storage.supports.persistent && random.below(40) === 0) handle = await reopen()
          await random.pick(steps)(handle, model, random, random.pick(keys))
        }
        for (const key of keys) await load(handle, model, random, key)
      })
    }
  })
}
