import fc from "fast-check"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import type { Checkpoint } from "../src/states/checkpoints/checkpoint.ts"
import { planThinning, type ThinningPolicy } from "../src/states/checkpoints/thinning.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const hour = 3_600_000
const day = 24 * hour

/** The calendar, written plainly. */
const sameSpan: Record<string, (a: Date, b: Date) => boolean> = {
  hourly: (a, b) => sameSpan.daily!(a, b) && a.getUTCHours() === b.getUTCHours(),
  daily: (a, b) => sameSpan.monthly!(a, b) && a.getUTCDate() === b.getUTCDate(),
  weekly: (a, b) => monday(a) === monday(b),
  monthly: (a, b) => sameSpan.yearly!(a, b) && a.getUTCMonth() === b.getUTCMonth(),
  yearly: (a, b) => a.getUTCFullYear() === b.getUTCFullYear(),
}

function monday(date: Date): number {
  const before = (date.getUTCDay() + 6) % 7
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - before)
}

/** What `quota` spans keep, one for the newest of each, and the oldest of all while there is room. */
function kept(checkpoints: readonly Checkpoint[], span: string, quota: number): string[] {
  const found: Checkpoint[] = []
  for (const one of checkpoints.toReversed()) {
    const isSame = found.some(({ savedAt }) => sameSpan[span]!(savedAt, one.savedAt))
    if (found.length < quota && (!isSame || one === checkpoints[0])) found.push(one)
  }
  return found.map(({ id }) => id)
}

const gap = fc.oneof(fc.nat(2 * hour), fc.nat(2 * day), fc.nat(40 * day), fc.nat(300 * day))
const history = fc
  .array(fc.tuple(gap, fc.nat(9)), { maxLength: 25, size: "max" })
  .map((steps): Checkpoint[] => {
    let time = Date.UTC(2023, 11, 28, 22)
    return steps.map(([later, luck], index) => {
      time += later
      return {
        id: String(index).padStart(3, "0"),
        savedAt: new Date(time),
        pinned: luck === 0,
        forks: luck === 1 ? ["other"] : [],
        size: 1,
        ...(luck === 2 && { label: "x" }),
        ...(luck === 3 && { damaged: true as const }),
      }
    })
  })
const quota = fc.nat(5)
const quotas = fc.record({
  last: fc.oneof(quota, fc.constant(Number.POSITIVE_INFINITY)),
  hourly: quota,
  daily: quota,
  weekly: quota,
  monthly: quota,
  yearly: quota,
})

test("thinning keeps what the calendar says, and what is protected, for each of these reasons", () => {
  fc.assert(
    fc.property(history, quotas, fc.nat(24), (checkpoints, policy, pick) => {
      const sound = checkpoints.filter(({ damaged }) => !damaged)
      const named = String(pick).padStart(3, "0")
      const expected = checkpoints.flatMap((checkpoint) => {
        const { id, pinned, label, forks, damaged } = checkpoint
        const isNewest = id === sound.at(-1)?.id
        const reasons = [
          isNewest ? "newest" : id === named && "current",
          damaged && "damaged",
          pinned && "pinned",
          label && 'label "x"',
          forks.length > 0 && "fork other",
          sound.slice(-policy.last || sound.length).includes(checkpoint) && "last",
          ...Object.keys(sameSpan).map((span) => {
            return kept(sound, span, policy[span as keyof typeof policy]).includes(id) && span
          }),
        ].filter((reason) => typeof reason === "string")
        return reasons.length === 0 ? [] : [{ checkpoint, reasons }]
      })
      const plan = planThinning(checkpoints, policy, named)
      expect(plan.kept).toEqual(expected)
      const stay = new Set(expected.map(({ checkpoint }) => checkpoint))
      expect(plan.removed).toEqual(checkpoints.filter((one) => !stay.has(one)))
    }),
    { numRuns: 300 },
  )
})

test("within keeps what is exactly as old, and nothing where there is nothing", () => {
  const at = (time: number): Checkpoint => ({
    id: String(time),
    savedAt: new Date(time),
    pinned: false,
    forks: [],
    size: 1,
  })
  const ids = [0, 1, 1_000, 2_000].map(at)
  const { kept } = planThinning(ids, { within: "1s" })
  expect(kept).toEqual([
    { checkpoint: ids[2], reasons: ["within 1s"] },
    { checkpoint: ids[3], reasons: ["newest", "within 1s"] },
  ])
  expect(planThinning([], { within: "1s" })).toEqual({ kept: [], removed: [] })
})

test.each([
  undefined,
  {},
  { last: undefined },
  { last: -1 },
  { daily: 1.5 },
  { yearly: Number.NaN },
  { minutely: 1 },
])("a policy that says nothing that can be kept to is refused: %j", (policy) => {
  const refused = expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" })
  expect(() => planThinning([], policy as ThinningPolicy)).toThrow(refused)
})

test("within does not count back from a time to come, as a clock that was ahead left it", async () => {
  let now = Date.UTC(2026, 0, 1)
  await using states = new StateManager({ directory: temporaryDirectory(), clock: () => now })
  const save = async () => (await states.saveState("game", now, { checkpoint: true })).checkpoint!
  const old = await save()
  now += 30 * day
  const young = await save()
  now += 365 * day
  const future = await save()
  now -= 365 * day

  const { kept } = await states.thinHistory("game", { within: "7d" })
  expect(kept.map(({ checkpoint, reasons }) => [checkpoint.id, reasons])).toEqual([
    [young, ["within 7d"]],
    [future, ["newest", "within 7d"]],
  ])
  now -= 40 * day
  expect(await states.thinHistory("game", { within: "7d" })).toMatchObject({ removed: [] })
  expect((await states.history("game")).map(({ id }) => id)).not.toContain(old)
})
