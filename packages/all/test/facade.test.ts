import * as atomic from "@persist/atomic"
import * as cache from "@persist/cache"
import * as core from "@persist/core"
import * as db from "@persist/db"
import * as file from "@persist/file"
import * as managers from "@persist/managers"
import * as redis from "@persist/redis"
import * as serializers from "@persist/serializers"
import { expect, test } from "vitest"
import * as all from "../src/index.ts"

const packages = { atomic, core, serializers, file, db, redis, cache, managers }

const known = new Map<string, unknown>(Object.entries(all))

test.each(Object.entries(packages))("re-exports everything of %s", (name, exports) => {
  for (const [member, value] of Object.entries(exports)) {
    expect(known.has(member), `${member} of ${name}`).toBe(true)
    // The cache depends on nothing, so its errors are of a class of its own.
    if (member === "PersistError" && name === "cache") continue
    expect(known.get(member), `${member} of ${name}`).toBe(value)
  }
})

test.each(Object.entries(packages))(
  "has everything of %s under its subpath",
  async (name, exports) => {
    const subpath = await import(`../src/${name}.ts`)
    expect(Object.keys(subpath).sort()).toEqual(Object.keys(exports).sort())
  },
)

test.each(Object.entries(packages))(
  "%s exports the error that it throws: who installs it alone cannot import core",
  (_name, exports) => {
    expect(exports.PersistError).toBeTypeOf("function")
  },
)

test("an error of the cache is known as a PersistError all the same", () => {
  try {
    new cache.CacheStorage({ maxSize: -1 })
    expect.unreachable()
  } catch (error) {
    expect(all.PersistError.is(error)).toBe(true)
  }
})
