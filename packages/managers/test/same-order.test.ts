import { expect, test } from "vitest"
import { sameOrder } from "../src/diff/same-order.ts"

test("finds another order at any depth, of members, entries and items", () => {
  const make = (names: readonly string[]) => ({
    members: [Object.fromEntries(names.map((name) => [name, 1]))],
    entries: new Map([["inner", new Map(names.map((name) => [name, { name }]))]]),
    items: new Set([new Set(names)]),
  })
  const [one, other] = [make(["a", "b"]), make(["b", "a"])]
  expect(sameOrder(one, make(["a", "b"]))).toBe(true)
  expect(sameOrder({ ...one, members: other.members }, one)).toBe(false)
  expect(sameOrder({ ...one, entries: other.entries }, one)).toBe(false)
  expect(sameOrder({ ...one, items: other.items }, one)).toBe(false)
})

test("ends where one value meets several others that hold themselves", () => {
  const ring = (length: number, last: number) => {
    const links = Array.from({ length }, () => ({ next: undefined as unknown, n: 1 }))
    for (const [index, link] of links.entries()) link.next = links[(index + 1) % length]
    links.at(-1)!.n = last
    return links[0]
  }
  expect(sameOrder(ring(1, 1), ring(3, 1))).toBe(true)
  expect(sameOrder(ring(1, 1), ring(3, 2))).toBe(false)
  expect(sameOrder(ring(2, 1), ring(3, 1))).toBe(true)
})
