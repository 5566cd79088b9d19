import { inspect } from "node:util"
import { describe, expect, test } from "vitest"
import { PersistError } from "../src/index.ts"

describe("PersistError", () => {
  test("has and prints only what it tells; the rest reads as undefined", () => {
    const bare = new PersistError("ERR_PERSIST_IO", "Broken.")
    expect(Object.getOwnPropertyNames(bare).sort()).toEqual(["code", "message", "stack"])
    expect(inspect(bare)).not.toContain("undefined")
    expect([bare.key, bare.path, bare.details, bare.cause]).toEqual(Array(4).fill(undefined))
  })

  test("keeps the cause, the key, the path and the details", () => {
    const options = { cause: new Error("disk"), key: "a", path: "/a.json", details: { tries: 2 } }
    const error = new PersistError("ERR_PERSIST_IO", "Broken.", options)
    expect(error).toMatchObject({ ...options, name: "PersistError", code: "ERR_PERSIST_IO" })
    expect(Object.keys(error)).toEqual(["code", "key", "path", "details"])
  })

  test("quotes the beginning and the end of a long key, and has all of it", () => {
    const key = `a${"$&".repeat(10_000)}z`
    const error = new PersistError("ERR_PERSIST_IO", `"${key}" is not "${key}".`, { key })
    expect(error.message).toMatch(/^"a(\$&)+\$…&(\$&)+z" is not "a/)
    expect(error.message.length).toBeLessThan(1_000)
    expect(error.key).toBe(key)
    const usual = "k".repeat(500)
    expect(new PersistError("ERR_PERSIST_IO", usual, { key: usual }).message).toBe(usual)
  })
})
