import { describe, expect, test } from "vitest"
import { CacheStorage, PersistError } from "../src/index.ts"

describe("PersistError of a package without dependencies", () => {
  test("carries the brand by which every @persist package knows it", () => {
    const error = new PersistError("ERR_PERSIST_TIMEOUT", "late", { cause: 1, key: "a" })
    expect(Symbol.for("@persist/error") in error).toBe(true)
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.cause, error.key]).toEqual([
      "PersistError",
      "ERR_PERSIST_TIMEOUT",
      1,
      "a",
    ])
    expect(Object.keys(new PersistError("ERR_PERSIST_TIMEOUT", "late"))).toEqual(["code"])
  })

  test("knows errors of other copies by the brand", () => {
    class Other extends Error {
      readonly code = "ERR_PERSIST_IO"
    }
    Object.defineProperty(Other.prototype, Symbol.for("@persist/error"), { value: true })
    expect(PersistError.is(new Other())).toBe(true)
    expect(PersistError.is(new Other(), "ERR_PERSIST_IO")).toBe(true)
    expect(PersistError.is(new Other(), "ERR_PERSIST_ENCODE")).toBe(false)
    expect(PersistError.is(new Error())).toBe(false)
    expect(PersistError.is(null)).toBe(false)
  })

  test("types infer: values, fallbacks, loads", async () => {
    const cache = new CacheStorage<string, number>()
    const found: number | undefined = cache.get("a")
    const either: number | "none" = cache.get("a", "none" as const)
    const loaded: number | Promise<number> = cache.getOrSet("a", async () => 1)
    // @ts-expect-error a string is no number
    cache.set("b", "text")
    // @ts-expect-error keys are strings
    cache.get(1)
    // @ts-expect-error there is no such policy
    expect(() => new CacheStorage({ policy: "fifo" })).toThrow()
    expect([found, either, await loaded]).toEqual([undefined, "none", 1])
  })
})
