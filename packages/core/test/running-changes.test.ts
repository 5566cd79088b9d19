import { expect, test } from "vitest"
import { RunningChanges, type UpdateRequest } from "../src/index.ts"

/** Runs `inside` in the change of an update of `owner`. */
async function during(
  changes: RunningChanges,
  owner: object,
  inside: () => unknown,
): Promise<unknown> {
  let result: unknown
  const next = async () => {
    result = await inside()
    throw new Error("not stored")
  }
  const request: UpdateRequest = { next, timeout: 1_000, signal: undefined }
  await changes
    .noted(owner, "key", request)
    .next(undefined)
    .catch(() => undefined)
  return result
}

const refused = (changes: RunningChanges, owner?: object) => {
  try {
    changes.assertOutside("close", owner)
  } catch (error) {
    return (error as { readonly code: string }).code
  }
  return "allowed"
}

test("a change is known inside it, of its owner, and no longer when it has ended", async () => {
  const changes = new RunningChanges(true)
  const [one, other] = [{}, {}]
  expect(refused(changes)).toBe("allowed")
  let later: (() => string) | undefined
  const inside = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const outlives = promise.then(() => refused(changes, one))
    later = () => {
      resolve()
      return "begun"
    }
    return { outlives, seen: [refused(changes), refused(changes, one), refused(changes, other)] }
  }
  const { outlives, seen } = (await during(changes, one, inside)) as Awaited<
    ReturnType<typeof inside>
  >
  expect(seen).toEqual(["ERR_PERSIST_SESSION", "ERR_PERSIST_SESSION", "allowed"])
  expect(later?.()).toBe("begun")
  expect(await outlives).toBe("allowed")
})

test("the change around a change counts too", async () => {
  const changes = new RunningChanges(true)
  const [outer, inner] = [{}, {}]
  const seen = await during(changes, outer, () =>
    during(changes, inner, () => [refused(changes, outer), refused(changes, inner)]),
  )
  expect(seen).toEqual(["ERR_PERSIST_SESSION", "ERR_PERSIST_SESSION"])
})

test("nothing is noted where calls are not followed", async () => {
  const changes = new RunningChanges(false)
  expect(await during(changes, {}, () => refused(changes))).toBe("allowed")
})
