import { expect, test } from "vitest"
import type { Call } from "../src/connection/call.ts"
import { Lines } from "../src/connection/lines.ts"

const call = (began: number) => ({ shard: 0, began }) as Call

test("a line goes by when its calls began; who began at the same moment, in the order of coming", async () => {
  const lines = new Lines()
  const gone: string[] = []
  const go = async (name: string, began: number) => {
    const place = lines.join(call(began))
    await place.turn()
    gone.push(name)
    place.leave()
  }
  await Promise.all([go("first", 2), go("second", 2), go("older", 1), go("third", 2)])
  expect(gone).toEqual(["older", "first", "second", "third"])
  expect(lines.isEmpty).toBe(true)
})

test("who leaves a line twice lets nobody stand behind one who has gone", async () => {
  const lines = new Lines()
  const [first, second, third] = [1, 2, 3].map((began) => lines.join(call(began)))
  second!.leave()
  first!.leave()
  second!.leave()
  expect(third!.before).toBe(undefined)
  third!.leave()
  third!.leave()
  expect(lines.isEmpty).toBe(true)
})
