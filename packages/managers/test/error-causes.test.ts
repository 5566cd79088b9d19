import { PickleSerializer } from "@persist/serializers"
import { expect, it } from "vitest"
import { applyPatch } from "../src/diff/patch.ts"
import { changesFrom } from "../src/states/checkpoints/checkpoint-content.ts"
import { StoredForm } from "../src/states/checkpoints/stored-form.ts"

const pickle = new PickleSerializer()
const form = new StoredForm(pickle)
const filling = "all that stays ".repeat(100)

function failure(cause: unknown): Error {
  const error = new Error("failed", { cause })
  error.stack = "Error: failed"
  return error
}

/** What a checkpoint of `data` behind one of `base` is read as. */
function readBack(base: object, data: object) {
  const before = form.read(base).plain
  const content = changesFrom({ id: "0", depth: 0, data: before }, form.read(data).plain, form)
  const stored = pickle.decode(pickle.encode(content)) as typeof content
  return "base" in stored
    ? { isPatch: true, data: applyPatch(form.read(base).plain, stored.patch) }
    : { isPatch: false, data: stored.data }
}

it("keeps what an error holds when it changes where else it stood", () => {
  const [shared, data] = [{ n: 1 }, { filling, job: { n: 2 }, error: failure({ n: 1 }) }]
  const first = { filling, job: shared, error: failure(shared) }
  const { error } = readBack(first, data).data as typeof data
  expect(error.cause).toEqual({ n: 1 })
})

it("keeps changes beside an error that alone holds its cause", () => {
  const state = (n: number) => ({ filling, n, error: failure({ in: [failure({ n: 1 })] }) })
  const { isPatch, data } = readBack(state(1), state(2))
  expect(isPatch).toBe(true)
  expect(data).toEqual(state(2))
})

it("tells a cause that two errors share from two equal ones", () => {
  const cause = { n: 1 }
  const two = { filling, errors: [failure(cause), failure({ n: 1 })] }
  const one = { filling, errors: [failure(cause), failure(cause)] }
  for (const [base, data, isOne] of [
    [two, one, true],
    [one, two, false],
  ] as const) {
    const [first, second] = (readBack(base, data).data as typeof two).errors
    expect(first!.cause === second!.cause).toBe(isOne)
  }
})
