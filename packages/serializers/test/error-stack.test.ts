import { expect, test } from "vitest"
import { PickleSerializer } from "../src/pickle/index.ts"

test("an error whose stack cannot be written is kept without it", () => {
  const error = Object.defineProperty(new Error("failed"), "toString", {
    value: 1,
    enumerable: true,
  })
  const pickle = new PickleSerializer()
  const back = pickle.decode(pickle.encode(error)) as Error
  expect(back.message).toBe("failed")
  expect(back.toString).toBe(1)
})
