import { expect, test } from "vitest"
import { Newest } from "../src/loading/newest.ts"

test("what is put once more with the same value is the newest, as where a write to the tier is tried again", () => {
  const newest = new Newest<string, number>(2)
  for (const key of ["a", "b", "c", "b", "d"]) newest.put(key, 1)
  expect([...newest.keys()]).toEqual(["b", "d"])
})
