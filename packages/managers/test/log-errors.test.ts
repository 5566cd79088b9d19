import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** What is read of an error that was appended. */
async function logged(error: unknown): Promise<unknown> {
  await using logs = new LogManager({ directory: temporaryDirectory(), durability: "none" })
  await logs.append("app", { level: "error", error })
  return (await logs.read("app"))[0]!.error
}

const circular: Record<string, unknown> = { size: 1 }
circular.self = circular

test.each<[name: string, own: object, kept: object]>([
  ["holds itself", { request: circular, code: "E_GONE", tries: 2 }, { code: "E_GONE", tries: 2 }],
  ["has a BigInt", { size: 2n, isFatal: true }, { isFatal: true }],
  ["has a toJSON that throws", { toJSON: () => Error.prototype.valueOf.call(null) }, {}],
])("an error that %s is written without what JSON cannot hold", async (_, own, kept) => {
  const inner = Object.assign(new TypeError("inner"), own)
  const error = Object.assign(new Error("outer", { cause: inner }), own)
  const said = { stack: expect.any(String), ...kept }
  expect(await logged(error)).toEqual({
    name: "Error",
    message: "outer",
    ...said,
    cause: { name: "TypeError", message: "inner", ...said },
  })
})

test.each<[name: string, error: Error, kept: object]>([
  ["a cause", new Error("outer", { cause: circular }), { message: "outer" }],
  ["a number as its cause", new Error("outer", { cause: 1n }), { message: "outer" }],
  [
    "one of several",
    new AggregateError([new Error("one"), circular, 2], "outer"),
    { message: "outer", errors: [{ message: "one" }, null, 2] },
  ],
])("an error that has %s which JSON cannot hold is written without it", async (_, error, kept) => {
  const said = await logged(error)
  expect(said).toMatchObject(kept)
  expect(said).not.toHaveProperty("cause")
})

test("an error of another context is written like any other", async () => {
  const error = runInNewContext("new TypeError('outer', { cause: new Error('inner') })")
  expect(await logged(error)).toMatchObject({
    name: "TypeError",
    message: "outer",
    cause: { message: "inner" },
  })
})

test("an error's toJSON says what is written of it, also beside what JSON cannot hold", async () => {
  const cause = Object.assign(new Error("inner"), { password: "hidden", toJSON: () => ({ n: 1 }) })
  const error = Object.assign(new Error("outer", { cause }), { size: 2n })
  expect(await logged(error)).toMatchObject({ message: "outer", cause: { n: 1 } })
})

test("an error that JSON can hold is written with all that it has, or as its toJSON says", async () => {
  const own = { details: { path: "/a", tries: [1, { n: 2 }] }, inner: new RangeError("inner") }
  expect(await logged(Object.assign(new Error("outer"), own))).toMatchObject({
    message: "outer",
    details: own.details,
    inner: { name: "RangeError", message: "inner" },
  })
  expect(await logged(Object.assign(new Error("outer"), { toJSON: () => ({ n: 1 }) }))).toEqual({
    n: 1,
  })
})

test("an entry that JSON cannot hold is refused beside an error too", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  const refused = { code: "ERR_PERSIST_ENCODE", message: expect.stringContaining("circular") }
  const entry = { circular, error: new Error("seen") }
  await expect(logs.append("app", entry)).rejects.toMatchObject(refused)
  expect(await logs.read("app")).toEqual([])
})

test("both errors are written where one came while another was on its way, and all of several", async () => {
  const both = Object.assign(new Error("on the way out"), { name: "SuppressedError" })
  const members = { error: new RangeError("later"), suppressed: new Error("first") }
  for (const [name, value] of Object.entries(members)) {
    // As the engine makes them, no member that JSON would see.
    Object.defineProperty(both, name, { value, enumerable: false })
  }
  expect(await logged(both)).toMatchObject({
    name: "SuppressedError",
    error: { name: "RangeError", message: "later" },
    suppressed: { name: "Error", message: "first" },
  })
  const several = new AggregateError([new Error("one"), "two"], "several")
  expect(await logged(several)).toMatchObject({ errors: [{ message: "one" }, "two"] })
})
