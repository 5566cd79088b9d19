import { expect, test } from "vitest"
import {
  ConfigManager,
  LogManager,
  openConfig,
  openConfigSync,
  StateManager,
} from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const invalid = expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" })
/** A caller without types. */
const untyped = (value: unknown): never => value as never

const endless: Record<string, unknown> = { a: 1 }
endless.itself = endless

test.for<[string, (options: never) => unknown, unknown[]]>([
  [
    "StateManager",
    (options) => new StateManager(options),
    [null, { schema: 5 }, { schema: {} }, { clock: 0 }],
  ],
  ["LogManager", (options) => new LogManager(options), [{ rotation: { maxSize: "1" } }]],
  [
    "rotation",
    (rotation) => new LogManager({ rotation }),
    [{ compress: "yes" }, { keepFiles: -1 }],
  ],
  ["ConfigManager", (options) => new ConfigManager(options), [{ format: "xml" }]],
  [
    "openConfigSync",
    (options) => openConfigSync(options),
    [
      ...[{ project: 5 }, { project: "" }, { user: new URL("https://x.example/") }, { dotenv: 5 }],
      ...[{ app: "a/b" }, { app: ".." }, { secrets: "a" }, { schema: {} }, { overrides: [] }],
      { environment: { prefix: "A_", types: { a: "int" } } },
      ...[{ defaults: null }, { overrides: 0 }, { policies: null }, { secretKeys: "k" }],
      ...[{ secretKeys: { current: "k" } }, { secretKeys: { keys: {} } }],
      { secretKeys: { current: "k", keys: { k: new Uint8Array(32) }, kyes: {} } },
      ...[{ migrate: null }, { migrate: [] }, { logger: 5 }, { logger: { info: 5 } }],
      ...[
        { environment: { prefix: "A_", types: null } },
        { environment: { prefix: "A_", source: 5 } },
      ],
      ...[{ defaults: endless }, { overrides: { list: [endless] } }],
    ],
  ],
])("%s refuses what it cannot mean", ([, make, wrong]) => {
  for (const options of wrong) expect(() => make(untyped(options))).toThrow(invalid)
})

const nothings = [null, Number.NaN, 0, "", false]

test.for<[string, (options: never) => unknown, string[]]>([
  [
    "StateManager",
    (options) => new StateManager(options),
    ["logger", "clock", "storage", "schema", "version", "migrate", "app"],
  ],
  [
    "ConfigManager",
    (options) => new ConfigManager(options),
    ["logger", "clock", "storage", "format", "app"],
  ],
  [
    "LogManager",
    (options) => new LogManager(options),
    ["logger", "clock", "storage", "durability", "rotation", "app"],
  ],
])("%s takes nothing empty for an option that was not given", ([, make, names]) => {
  for (const name of names) {
    for (const value of nothings) {
      expect(() => make(untyped({ [name]: value })), `${name}: ${value}`).toThrow(invalid)
    }
  }
  for (const directory of [null, Number.NaN, 0, false]) {
    expect(() => make(untyped({ directory }))).toThrow(invalid)
  }
})

test("openConfig without any option is empty", async () => {
  expect((await openConfig()).value).toEqual({})
})

test("calls refuse wrong options, names and functions before they touch anything", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  for (const options of [
    { backup: "x" },
    { checkpoint: 5 },
    { checkpoint: "" },
    { checkpoint: null },
  ]) {
    await expect(states.saveState("a", 1, untyped(options))).rejects.toEqual(invalid)
    await expect(states.updateState("a", () => 1, untyped(options))).rejects.toEqual(invalid)
  }
  for (const at of [5, ""]) {
    await expect(states.loadState("a", untyped({ at }))).rejects.toEqual(invalid)
  }
  for (const options of [{ merge: 5 }, { onError: 5 }, { saveAtExit: "yes" }, { backup: 1 }]) {
    await expect(states.open("a", untyped({ initial: 1, ...options }))).rejects.toEqual(invalid)
  }
  await expect(states.thinHistory("a", untyped({ within: "x" }))).rejects.toEqual(invalid)
  await expect(states.updateState("a", untyped(5))).rejects.toMatchObject({
    code: "ERR_PERSIST_INVALID_ARGUMENT",
  })
  for (const name of [5, null, undefined]) {
    await expect(states.history(untyped(name))).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_KEY",
    })
  }
  expect(await states.listStates()).toEqual([])
})

test.for([5, null, undefined, "", "..", "a//b", "a\0b", "\ud800", "é".repeat(100)])(
  "no log is called %j",
  async (name) => {
    await using logs = new LogManager({ directory: temporaryDirectory() })
    const wrong = { code: "ERR_PERSIST_INVALID_KEY" }
    await expect(logs.append(untyped(name), { a: 1 })).rejects.toMatchObject(wrong)
    await expect(logs.read(untyped(name))).rejects.toMatchObject(wrong)
    await expect(logs.logExists(untyped(name))).rejects.toMatchObject(wrong)
    expect(await logs.listLogs()).toEqual([])
  },
)

test("infos read the label where it is asked for", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await states.saveState("a", { n: 1 }, { checkpoint: "first" })
  await states.saveState("b", { n: 1 })
  const labels = new Map<string, string | undefined>()
  for await (const { name, label } of states.infos({ details: true })) labels.set(name, label)
  expect(Object.fromEntries(labels)).toEqual({ a: "first", b: undefined })
  for await (const info of states.infos()) expect(info).not.toHaveProperty("label")
})

test("every call refuses what is no option of it, no path, no function", async () => {
  const directory = temporaryDirectory()
  await using states = new StateManager({ directory })
  await using configs = new ConfigManager({ directory })
  await using logs = new LogManager({ directory })
  await states.saveState("a", { n: 1 }, { checkpoint: "c" })
  const config = await openConfig<Record<string, unknown>>({ project: `${directory}/x.json` })
  for (const call of [
    () => states.deleteState("a", untyped({ history: "yes" })),
    () => states.listStates(untyped({ pattern: 5 })),
    () => states.infos(untyped({ details: "yes" })).next(),
    () => states.thinHistory("a", { last: 1 }, untyped({ dryRun: "yes" })),
    () => states.thinHistory("a", untyped(undefined)),
    () => states.restore("a", untyped(5)),
    () => states.diff("a", "c", untyped(5)),
    () => states.pin("a", untyped(Symbol("at"))),
    () => states.fork("a", "b", untyped({ at: 5 })),
    () => configs.updateConfig("a", {}, untyped({ createIfMissing: "no" })),
    () => configs.loadConfig("a", untyped({ signal: 5 })),
    () => logs.read("a", untyped({ signal: {} })),
    async () => logs.follow("a", untyped({ signal: 5 })).next(),
    () => logs.append("a", { n: 1 }, untyped({ n: 2 })),
    () => logs.saveLog("a", [], untyped({ signal: 5 })),
    () => logs.logExists("a", untyped({ signal: 5 })),
    () => logs.deleteLog("a", untyped(5)),
    () => logs.listLogs(untyped({ signal: 5 })),
    async () => config.watch(untyped({ signal: 5 })),
  ]) {
    await expect(call()).rejects.toEqual(invalid)
  }
  await using live = await states.open("live", { initial: { n: 1 } })
  const argument = expect.objectContaining({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
  for (const call of [
    () => live.update(untyped(5)),
    () => live.subscribe(untyped({})),
    () => config.get(untyped(5)),
    () => config.explain(untyped(undefined)),
    () => config.set(untyped({ 0: "a" }), untyped(1)),
    () => config.delete(untyped(null)),
    () => logs.saveLog("a", untyped(5)),
  ]) {
    await expect((async () => call())()).rejects.toEqual(argument)
  }
  expect(await states.loadState("a")).toEqual({ n: 1 })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, "5", undefined, new Date()])(
  "a clock that returns %s is refused by what asks it, and nothing is lost by it",
  async (time) => {
    const source = { directory: temporaryDirectory(), clock: untyped(() => time) }
    await using logs = new LogManager(source)
    await using states = new StateManager(source)
    await expect(logs.append("app", { n: 1 })).rejects.toEqual(invalid)
    await expect(logs.saveLog("app", [{ n: 1 }])).rejects.toEqual(invalid)
    await expect(states.saveState("app", { n: 1 })).rejects.toEqual(invalid)
  },
)
