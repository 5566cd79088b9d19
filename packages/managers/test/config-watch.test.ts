import fs, {
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { type Config, type ConfigEvent, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

function watching(config: { readonly watch: Config["watch"] }) {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const events = config.watch({ signal: controller.signal })[Symbol.asyncIterator]()
  const next = async () => (await events.next()).value as ConfigEvent
  return { next, controller, events }
}

async function watched(path: string) {
  const config = await openConfig<{ n?: number }>({ project: path })
  return { config, ...watching(config) }
}

/** The folders in `root` that are watched from now on, as long as they are. */
function watchedFolders(root: string): readonly string[] {
  const folders: string[] = []
  const original = fs.watch
  const watch = vi.spyOn(fs, "watch").mockImplementation(((
    folder: string,
    listener: () => void,
  ) => {
    const watcher = original(folder, listener)
    // Other files' tests may watch beside us.
    if (!folder.startsWith(root)) return watcher
    folders.push(folder)
    watcher.on("close", () => folders.splice(folders.indexOf(folder), 1))
    return watcher
  }) as typeof fs.watch)
  syncBuiltinESMExports()
  onTestFinished(() => {
    watch.mockRestore()
    syncBuiltinESMExports()
  })
  return folders
}

function fileWith(text: string): string {
  const path = join(temporaryDirectory(), "app.json")
  writeFileSync(path, text)
  return path
}

const replacements: Record<string, (path: string, text: string) => void> = {
  "writing in place": (path, text) => writeFileSync(path, text),
  "renaming over it": (path, text) => {
    writeFileSync(`${path}.tmp`, text)
    renameSync(`${path}.tmp`, path)
  },
  "a backup and a new file, as vim does": (path, text) => {
    renameSync(path, `${path}~`)
    writeFileSync(path, text)
  },
  "deleting and creating": (path, text) => {
    unlinkSync(path)
    writeFileSync(path, text)
  },
}

describe("Config.watch", () => {
  test.each(Object.entries(replacements))("sees every edit by %s, once", async (_, replace) => {
    const path = fileWith('{"n":1}')
    const { next, config } = await watched(path)
    for (const n of [2, 3]) {
      replace(path, JSON.stringify({ n }))
      expect(await next()).toEqual({
        type: "change",
        changes: [{ path: "n", before: n - 1, after: n }],
      })
      expect(config.value).toEqual({ n })
    }
  })

  test("ends when it is left, before the first step and while one is waited for", async () => {
    const path = fileWith('{"n":1}')
    const config = await openConfig({ project: path })
    const started = vi.spyOn(globalThis, "setInterval")
    const ended = vi.spyOn(globalThis, "clearInterval")
    onTestFinished(() => void vi.restoreAllMocks())
    const done = { done: true, value: undefined }
    const unused = config.watch()[Symbol.asyncIterator]()
    expect(await unused.return?.()).toEqual(done)
    const waiting = config.watch()[Symbol.asyncIterator]()
    const next = waiting.next()
    expect(await waiting.return?.()).toEqual(done)
    expect(await next).toEqual(done)
    const intervals = started.mock.results.map((result) => result.value)
    expect(intervals).toHaveLength(2)
    expect(ended.mock.calls.flat()).toEqual(expect.arrayContaining(intervals))
  })

  test("sees an edit in a folder that never comes to rest", async () => {
    const directory = temporaryDirectory()
    const path = join(directory, "app.json")
    writeFileSync(path, '{"n":1}')
    const { next } = await watched(path)
    const busy = setInterval(() => writeFileSync(join(directory, "busy.log"), "x"), 10)
    onTestFinished(() => clearInterval(busy))
    writeFileSync(path, '{"n":2}')
    expect(await next()).toMatchObject({ type: "change", changes: [{ path: "n", after: 2 }] })
  })

  test("sees what changes in .env files, and makes them count at once", async () => {
    const directory = temporaryDirectory()
    const [project, dotenv] = [join(directory, "app.json"), join(directory, "environment", ".env")]
    mkdirSync(join(directory, "environment"))
    const environment = { prefix: "A_", types: { n: "number" }, source: {} } as const
    const config = await openConfig<Record<string, number>>({ project, dotenv, environment })
    const controller = new AbortController()
    onTestFinished(() => controller.abort())
    const events = config.watch({ signal: controller.signal })[Symbol.asyncIterator]()
    writeFileSync(dotenv, "A_N=1\n")
    const first = { path: "n", before: undefined, after: 1 }
    expect((await events.next()).value).toEqual({ type: "change", changes: [first] })
    writeFileSync(dotenv, "A_N=2\n")
    await config.set("m", 3)
    const second = { path: "n", before: 1, after: 2 }
    expect((await events.next()).value).toEqual({ type: "change", changes: [second] })
    expect(config.value).toEqual({ n: 2, m: 3 })
    expect(config.explain("n")).toMatchObject({ layer: "environment", variable: "A_N" })
  })

  test("sees links that are switched, as Kubernetes does", async () => {
    const directory = temporaryDirectory()
    for (const n of [1, 2, 3]) {
      mkdirSync(join(directory, `v${n}`))
      writeFileSync(join(directory, `v${n}/app.json`), JSON.stringify({ n }))
    }
    symlinkSync("v1", join(directory, "..data"))
    symlinkSync("..data/app.json", join(directory, "app.json"))
    const { next } = await watched(join(directory, "app.json"))
    for (const n of [2, 3]) {
      symlinkSync(`v${n}`, join(directory, "..data_tmp"))
      renameSync(join(directory, "..data_tmp"), join(directory, "..data"))
      expect(await next()).toMatchObject({ type: "change", changes: [{ path: "n", after: n }] })
    }
  })

  test("watches no folder that nothing leads to any more", async () => {
    const directory = temporaryDirectory()
    const switchTo = (n: number) => {
      mkdirSync(join(directory, `v${n}`))
      writeFileSync(join(directory, `v${n}/app.json`), JSON.stringify({ n }))
      symlinkSync(`v${n}`, join(directory, "..data_tmp"))
      renameSync(join(directory, "..data_tmp"), join(directory, "..data"))
      rmSync(join(directory, `v${n - 1}`), { recursive: true, force: true })
    }
    switchTo(1)
    symlinkSync("..data/app.json", join(directory, "app.json"))
    const folders = watchedFolders(directory)
    const { next } = await watched(join(directory, "app.json"))
    for (const n of [2, 3, 4, 5]) {
      switchTo(n)
      expect(await next()).toMatchObject({ changes: [{ path: "n", after: n }] })
    }
    const both = [directory, realpathSync(join(directory, "v5"))]
    await vi.waitFor(() => expect([...folders].sort()).toEqual(both), 60_000)
  })

  test("goes on in a folder that was made anew, and hears of edits there again", async () => {
    const folder = join(temporaryDirectory(), "folder")
    const path = join(folder, "app.json")
    mkdirSync(folder)
    writeFileSync(path, '{"n":1}')
    const { next } = await watched(path)
    const folders = watchedFolders(folder)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    writeFileSync(path, '{"n":2}')
    expect(await next()).toMatchObject({ changes: [{ path: "n", after: 2 }] })
    expect(folders).toEqual([folder])
    writeFileSync(path, '{"n":3}')
    expect(await next()).toMatchObject({ changes: [{ path: "n", after: 3 }] })
  })

  test("keeps the last good configuration and says what is wrong", async () => {
    const path = fileWith('{"n":1}')
    const { next, config } = await watched(path)
    writeFileSync(path, '{"n":')
    expect(await next()).toMatchObject({
      type: "error",
      error: { code: "ERR_PERSIST_DECODE", path },
    })
    expect(config.value).toEqual({ n: 1 })
    writeFileSync(path, '{"n":5}')
    expect(await next()).toMatchObject({ type: "change", changes: [{ before: 1, after: 5 }] })
  })

  test.each<[string, (path: string) => void]>([
    ["moved away", (path) => renameSync(path, `${path}~`)],
    ["emptied", (path) => writeFileSync(path, "")],
  ])("takes a file that is %s for an edit only when it stays so", async (_, clear) => {
    const path = join(temporaryDirectory(), "app.yaml")
    writeFileSync(path, "n: 1\n")
    const { next } = await watched(path)
    clear(path)
    // An editor that takes its time.
    setTimeout(() => writeFileSync(path, "n: 2\n"), 200)
    expect(await next()).toMatchObject({ type: "change", changes: [{ before: 1, after: 2 }] })
    clear(path)
    expect(await next()).toMatchObject({ type: "change", changes: [{ before: 2 }] })
  })

  test("says once that a file is gone without which nothing is valid, and looks no more than before", async () => {
    const path = fileWith('{"n":1}')
    const validate = vi.fn((value: unknown) =>
      (value as { n?: number }).n === undefined ? { issues: [{ message: "no n" }] } : { value },
    )
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const
    const config = await openConfig({ project: path, schema })
    const controller = new AbortController()
    onTestFinished(() => controller.abort())
    const events = config.watch({ signal: controller.signal })[Symbol.asyncIterator]()
    validate.mockClear()
    unlinkSync(path)
    expect((await events.next()).value).toMatchObject({ type: "error" })
    expect(validate).toHaveBeenCalledTimes(1)
    writeFileSync(path, '{"n":2}')
    expect((await events.next()).value).toMatchObject({ changes: [{ before: 1, after: 2 }] })
  })

  test("does not report our own writes, and ends with its signal", async () => {
    const path = fileWith('{"n":1}')
    const { next, config, controller, events } = await watched(path)
    await config.set("n", 2)
    const first = next()
    writeFileSync(path, '{"n":3}')
    expect(await first).toMatchObject({ changes: [{ before: 2, after: 3 }] })
    const last = events.next()
    controller.abort()
    expect(await last).toEqual({ done: true, value: undefined })
  })

  test("tells every watcher, and of what was found by reload or by set too", async () => {
    const project = fileWith('{ "n": 1 }')
    const config = await openConfig({ project })
    const nexts = [watching(config).next, watching(config).next]
    const change = (n: number) => ({
      type: "change",
      changes: [{ path: "n", before: n - 1, after: n }],
    })
    writeFileSync(project, '{ "n": 2 }')
    for (const next of nexts) expect(await next()).toEqual(change(2))
    writeFileSync(project, '{ "n": 3 }')
    await config.reload()
    for (const next of nexts) expect(await next()).toEqual(change(3))
    writeFileSync(project, '{ "n": 4 }')
    await config.set("own", true)
    for (const next of nexts) expect(await next()).toEqual(change(4))
    expect(config.value).toEqual({ n: 4, own: true })
    // What lies around our own place is ours too.
    writeFileSync(project, '{ "n": 5, "own": true }')
    await config.set("deep.own", 1)
    for (const next of nexts) expect(await next()).toEqual(change(5))
  })

  test("does not take a file that somebody is saving for gone because another is set meanwhile", async () => {
    const directory = temporaryDirectory()
    const [user, dotenv, project] = ["user.yaml", ".env", "app.json"].map((name) =>
      join(directory, name),
    ) as [string, string, string]
    const write = (n: number) => {
      writeFileSync(user, `n: ${n}\n`)
      writeFileSync(dotenv, `A_E=${n}\n`)
    }
    write(1)
    const environment = { prefix: "A_", types: { e: "number" }, source: {} } as const
    const defaults = { n: 0, e: 0, own: 0 }
    const config = await openConfig({ user, project, defaults, dotenv, environment })
    const { next } = watching(config)
    for (const path of [user, dotenv]) writeFileSync(path, "")
    await config.set("own", 1)
    expect(config.value).toEqual({ n: 1, e: 1, own: 1 })
    write(2)
    expect(await next()).toEqual({
      type: "change",
      changes: ["n", "e"].map((path) => ({ path, before: 1, after: 2 })),
    })
  })

  test("tells of an edit once, however long its check takes", async () => {
    const project = fileWith('{ "n": 1 }')
    const checks: (() => void)[] = []
    const validate = async (value: unknown) => {
      if ((value as { n: number }).n > 1) await new Promise<void>((done) => checks.push(done))
      return { value: value as object }
    }
    const schema = { "~standard": { version: 1 as const, vendor: "test", validate } }
    const config = await openConfig({ project, schema })
    const { next } = watching(config)
    writeFileSync(project, '{ "n": 2 }')
    const isChecking = () => vi.waitFor(() => expect(checks).toHaveLength(1), 10_000)
    await isChecking()
    writeFileSync(project, '{ "n": 3 }')
    // A second look while the first still checks.
    const reloading = config.reload()
    checks.shift()!()
    expect(await next()).toMatchObject({ changes: [{ path: "n", after: 2 }] })
    await isChecking()
    checks.shift()!()
    await reloading
    expect(await next()).toMatchObject({ changes: [{ path: "n", before: 2, after: 3 }] })
  })
})
