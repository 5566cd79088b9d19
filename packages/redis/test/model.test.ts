import { PersistError } from "@persist/core"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

/** What a naive storage knows of one key. */
interface Known {
  value: string | undefined
  revision: string | undefined
  fence: number | undefined
  isPerishable: boolean
  versions: Map<string, string>
  backups: string[]
}

type Step =
  | { do: "save"; size: number; version: boolean; backup: boolean; perishable: boolean }
  | { do: "fenced"; fence: number }
  | { do: "contend"; isCurrent: boolean }
  | { do: "delete"; backup: boolean; history: boolean }
  | { do: "update" }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("save" as const),
    size: fc.constantFrom(1, 300, 20_000),
    version: fc.boolean(),
    backup: fc.boolean(),
    perishable: fc.boolean(),
  }),
  fc.record({ do: fc.constant("fenced" as const), fence: fc.nat(5) }),
  fc.record({ do: fc.constant("contend" as const), isCurrent: fc.boolean() }),
  fc.record({
    do: fc.constant("delete" as const),
    backup: fc.boolean(),
    history: fc.constant(false),
  }),
  fc.record({
    do: fc.constant("delete" as const),
    backup: fc.constant(false),
    history: fc.boolean(),
  }),
  fc.record({ do: fc.constant("update" as const) }),
)

describeRedis("the scripts", () => {
  let server: RedisProcess
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const fresh = (): Known => ({
    ...{ value: undefined, revision: undefined, fence: undefined, isPerishable: false },
    ...{ versions: new Map(), backups: [] },
  })

  test("do what a naive map does, and leave behind nothing else", async () => {
    const keys = fc.constantFrom("a", "b/c")
    const steps = fc.array(fc.tuple(keys, step), { minLength: 1, maxLength: 25, size: "max" })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const prefix = `m${++count}`
        await using storage = new RedisStorage({ url: server.url, prefix, keep: { backups: 3 } })
        const known = new Map<string, Known>()
        for (const [index, [key, one]] of all.entries()) {
          const state = known.get(key) ?? fresh()
          known.set(key, state)
          await take(storage, key, one, state, `${index}`)
        }
        for (const [key, state] of known) await compare(storage, key, state)
        const live = [...known].filter(([, { value }]) => value !== undefined)
        expect(await storage.list()).toEqual(live.map(([key]) => key).toSorted())
        await expectTidy(prefix, [...known.values()])
      }),
      { numRuns: 60 },
    )
  })

  /** Carries one step out, on the storage and on what is known. */
  async function take(
    storage: RedisStorage,
    key: string,
    one: Step,
    state: Known,
    text: string,
  ): Promise<void> {
    const written = (value: string, revision: string, isPerishable = false) => {
      Object.assign(state, { value, revision, isPerishable })
    }
    if (one.do === "save") {
      const value = text.padEnd(one.size, "x")
      const before = state.value
      const { version, backup, perishable } = one
      const ttl = perishable ? { ttl: 60_000 } : {}
      const entry = await storage.save(key, value, { version, backup, ...ttl })
      expect(entry.expiresAt !== undefined).toBe(perishable)
      expect(entry.backup !== undefined).toBe(backup && before !== undefined)
      if (entry.version !== undefined) state.versions.set(entry.version, value)
      if (entry.backup !== undefined) state.backups.push(before!)
      state.backups.splice(0, state.backups.length - 3)
      written(value, entry.revision, perishable)
    } else if (one.do === "fenced") {
      const { fence } = one
      const saving = storage.save(key, text, { fence })
      if (fence < (state.fence ?? 0)) await refused(saving, "ERR_PERSIST_FENCED")
      else {
        written(text, (await saving).revision)
        state.fence = fence
      }
    } else if (one.do === "contend") {
      const ifRevision = one.isCurrent ? (state.revision ?? null) : "0-1.made-up"
      const saving = storage.save(key, text, { ifRevision })
      if (one.isCurrent) written(text, (await saving).revision)
      else await refused(saving, "ERR_PERSIST_CONFLICT")
    } else if (one.do === "delete") {
      const { backup, history } = one
      expect(await storage.delete(key, { backup, history })).toBe(state.value !== undefined)
      if (backup && state.value !== undefined) state.backups.push(state.value)
      state.backups.splice(0, state.backups.length - 3)
      if (history) Object.assign(state, { versions: new Map(), backups: [] })
      Object.assign(state, { value: undefined, revision: undefined, isPerishable: false })
    } else {
      const { isPerishable } = state
      await storage.update<string>(key, (current) => `${current ?? ""}`.slice(0, 50) + text)
      const value = `${state.value ?? ""}`.slice(0, 50) + text
      written(value, (await storage.stat(key))!.revision, isPerishable)
    }
  }

  async function refused(work: Promise<unknown>, code: string): Promise<void> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(PersistError.is(error) && error.code).toBe(code)
  }

  async function compare(storage: RedisStorage, key: string, state: Known): Promise<void> {
    expect(await storage.load(key)).toBe(state.value)
    const entry = await storage.stat(key)
    expect(entry?.revision).toBe(state.revision)
    expect(entry?.expiresAt !== undefined).toBe(state.isPerishable)
    const versions = await storage.versions(key)
    expect(versions.map(({ id }) => id)).toEqual([...state.versions.keys()])
    for (const [id, value] of state.versions) {
      expect(await storage.load(key, { version: id })).toBe(value)
    }
    const backups = await storage.backups(key)
    const kept = await Promise.all(backups.map(({ id }) => storage.load(key, { version: id })))
    expect(kept).toEqual(state.backups)
  }

  /** No bytes lie about that no record and no copy names. */
  async function expectTidy(prefix: string, states: readonly Known[]): Promise<void> {
    const isLarge = (value: string | undefined) => (value?.length ?? 0) > 16_000
    const named = states.flatMap(({ value, versions, backups }) =>
      [value, ...versions.values(), ...backups].filter(isLarge),
    )
    const bodies = String(await server.ask("KEYS", `{${prefix}:0}b:*`))
      .split(",")
      .filter(Boolean)
    expect(bodies).toHaveLength(named.length)
  }
})
