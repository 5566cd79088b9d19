import { expect, test } from "vitest"
import { tortureWriters } from "../torture/writers.ts"

test("a file survives kill -9 of its writers: never torn, nothing acknowledged lost, nothing left", async () => {
  const told = await tortureWriters({ seed: 1, until: Number.POSITIVE_INFINITY, kills: 8 })
  expect(told).toMatch(/^8 kills, \d+ writes/)
})
