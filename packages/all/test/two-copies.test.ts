import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as ours from "../src/index.ts"

// What npm lays out when two of a program's dependencies want different versions of one of these packages.
const packages = join(import.meta.dirname, "../..")
const names = ["atomic", "core", "file", "cache"]
let folder: string
let theirs: typeof ours

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "persist-two-copies-"))
  const scope = join(folder, "node_modules/@persist")
  for (const name of names) {
    for (const part of ["dist", "package.json"]) {
      await cp(join(packages, name, part), join(scope, name, part), { recursive: true })
    }
  }
  const loaded = await Promise.all(
    names.map((name) => import(pathToFileURL(join(scope, name, "dist/index.js")).href)),
  )
  theirs = Object.assign({}, ...loaded)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test("errors of one copy are known to the other, by code", async () => {
  expect(theirs.FileStorage).not.toBe(ours.FileStorage)
  await using storage = new theirs.FileStorage({ directory: join(folder, "data") })
  const error = await storage.load("../escape").catch((reason: unknown) => reason)
  expect(error).not.toBeInstanceOf(ours.PersistError)
  expect(ours.PersistError.is(error)).toBe(true)
  expect(ours.PersistError.is(error, "ERR_PERSIST_INVALID_KEY")).toBe(true)
  expect(ours.PersistError.is(error, "ERR_PERSIST_IO")).toBe(false)
  expect(ours.PersistError.is(new Error("other"))).toBe(false)
})

test("the cache, which depends on nothing, makes errors that all others know", () => {
  let error: unknown
  try {
    new theirs.CacheStorage({ maxSize: -1 })
  } catch (reason) {
    error = reason
  }
  expect(ours.PersistError.is(error, "ERR_PERSIST_INVALID_OPTION")).toBe(true)
})

test("serializers and storages of different copies work together", async () => {
  await using storage = new theirs.FileStorage({
    directory: join(folder, "mixed"),
    serializer: new ours.MsgpackSerializer(),
  })
  await storage.save("key", { level: 3 })
  await using states = new ours.StateManager({ storage })
  await states.saveState("game", { level: 4 })
  expect(await storage.load("key")).toEqual({ level: 3 })
  expect(await states.loadState("game")).toEqual({ level: 4 })
})
