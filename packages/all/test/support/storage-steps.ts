import fc from "fast-check"
import { JsonSerializer, MsgpackSerializer, YamlSerializer } from "../../src/index.ts"

/** Formats that a step names by their index. */
export const formats = [
  new JsonSerializer(),
  new YamlSerializer(),
  new MsgpackSerializer(),
] as const

/** How many copies of a key the storages under test keep, and for how many milliseconds. */
export const retention = { versions: 4, backups: 3, maxAge: 10_000 } as const

const key = fc.constantFrom("a", "a/b", "b", "B", "\u00e9", "a.json", "con", "b/c/d", "b/c_d")
const which = fc.constantFrom("any", "any", "current", "stale", "null")
const token = fc.constantFrom(undefined, undefined, 0, 1, 2, 3, 4)
const life = fc.constantFrom(undefined, undefined, 500, 1_500, 5_184_000_000)
const kept = { version: fc.boolean(), backup: fc.boolean() }

/** One thing that is done to a storage; with `ttl`, values may expire. */
export function stepsOf(ttl: boolean) {
  const mortal = { ttl: ttl ? life : fc.constant(undefined) }
  return fc.oneof(
    fc.record({
      ...{ do: fc.constant("save" as const), key, value: fc.nat(99), format: fc.nat(2), which },
      ...{ fence: token, atOnce: fc.boolean(), ...kept, ...mortal },
    }),
    fc.record({
      ...{ do: fc.constant("update" as const), key, fails: fc.boolean(), format: fc.nat(2) },
      ...{ fence: token, ...kept, ...mortal },
    }),
    fc.record({
      ...{ do: fc.constant("delete" as const), key, which, fence: token },
      keeps: fc.constantFrom("nothing", "backup", "no history"),
    }),
    fc.record({
      ...{ do: fc.constant("restore" as const), key, fence: token, backup: fc.boolean() },
      index: fc.nat(5),
    }),
    fc.record({ do: fc.constant("load" as const), key, byDefault: fc.boolean() }),
    fc.record({ do: fc.constant("history" as const), key }),
    fc.record({
      do: fc.constant("list" as const),
      subfolder: fc.constantFrom("", "a", "b", "b/c", "B"),
      pattern: fc.constantFrom(undefined, "*", "**/d", "[ab]", "b/**", "c_d"),
    }),
    fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(400, 2_000, 6_000) }),
    fc.record({ do: fc.constant("reopen" as const) }),
  )
}

export type Step = ReturnType<typeof stepsOf> extends fc.Arbitrary<infer T> ? T : never
export type StepOf<Kind extends Step["do"]> = Extract<Step, { do: Kind }>

/** What an update makes of the current value. */
export function changed(current: unknown): unknown[] {
  return [current ?? null].flat(1).slice(-3)
}
