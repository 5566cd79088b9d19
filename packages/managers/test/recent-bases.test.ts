import { expect, test } from "vitest"
import { RecentBases } from "../src/states/checkpoints/recent-bases.ts"

const base = (id: string) => ({ id, data: id, depth: 0 })

test("a manager of many states keeps no more checkpoints in memory than it may", () => {
  const bases = new RecentBases(100)
  for (let n = 0; n < 1000; n++) bases.set(`state ${n}`, base(`${n}`), 30)
  const kept = Array.from({ length: 1000 }, (_, n) => bases.get(`state ${n}`)?.id)
  expect(kept.filter((id) => id !== undefined)).toEqual(["997", "998", "999"])
})

test("the one that is used goes last, and one alone may be larger", () => {
  const bases = new RecentBases(100)
  bases.set("a", base("1"), 40)
  bases.set("b", base("2"), 40)
  bases.set("a", base("3"), 40)
  bases.set("c", base("4"), 40)
  expect(["a", "b", "c"].map((name) => bases.get(name)?.id)).toEqual(["3", undefined, "4"])
  bases.set("large", base("5"), 1000)
  expect(["a", "c", "large"].map((name) => bases.get(name)?.id)).toEqual([
    undefined,
    undefined,
    "5",
  ])
  bases.delete("large")
  bases.set("d", base("6"), 100)
  expect(bases.get("d")?.id).toBe("6")
})
