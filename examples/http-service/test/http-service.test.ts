import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest"
import { type EngineName, Engines } from "../../../packages/all/test/support/servers.ts"

const engines = new Engines()
afterAll(() => engines.stop())
const names: readonly EngineName[] = ["file", "sqlite", "postgres", "redis"]

describe.each(names)("the service on %s", (name) => {
  let storageUrl: string
  const running: ChildProcess[] = []

  beforeEach(async (context) => {
    const url = await engines.fresh(name)
    if (url !== undefined) storageUrl = url
    else {
      console.warn(`NOT TESTED: the service on ${name}. Its server is missing.`)
      expect(process.env.CI, "a server is missing").toBeUndefined()
      context.skip()
    }
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map(stop))
  })

  /** Starts a process of the service; returns where it listens. */
  async function start(): Promise<string> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
      env: { ...process.env, STORAGE_URL: storageUrl, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    })
    running.push(child)
    const [line] = await once(child.stdout!, "data")
    return String(line).trim()
  }

  async function ask(url: string, method = "GET", cookie = "") {
    const response = await fetch(url, { method, headers: { cookie } })
    const set = response.headers.get("set-cookie")?.split(";")[0] ?? ""
    return { status: response.status, body: (await response.json()) as Body, cookie: set }
  }

  test("counts every visit, in two processes, and over a restart", async () => {
    const [one, two] = await Promise.all([start(), start()])
    const { cookie, status } = await ask(`${one}/sign-in?name=Ada`, "POST")
    expect(status).toBe(201)
    const visits = Array.from({ length: 20 }, (_, at) =>
      ask(`${at % 2 ? one : two}/me`, "GET", cookie),
    )
    const seen = (await Promise.all(visits)).map(({ body }) => body.visits)
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    await Promise.all(running.splice(0).map(stop))
    expect((await ask(`${await start()}/me`, "GET", cookie)).body).toEqual({
      name: "Ada",
      visits: 21,
    })
  })

  test("a session that ends in one process has ended in the other", async () => {
    const [one, two] = await Promise.all([start(), start()])
    const { cookie } = await ask(`${one}/sign-in?name=Ada`, "POST")
    expect((await ask(`${two}/me`, "GET", cookie)).status).toBe(200)
    await ask(`${one}/sign-out`, "POST", cookie)
    expect((await ask(`${two}/me`, "GET", cookie)).status).toBe(401)
    expect((await ask(`${two}/me`)).status).toBe(401)
    expect((await ask(`${two}/me`, "GET", "session=../../etc/passwd")).status).toBe(401)
  })

  test("what one process has computed, another serves", async () => {
    const [one, two] = await Promise.all([start(), start()])
    const { body } = await ask(`${one}/about?topic=tea`)
    expect(body.text).toContain("tea")
    await ask(`${one}/about?topic=tea`)
    expect((await ask(`${one}/health`)).body.cache).toMatchObject({
      hits: 1,
      loads: 1,
      tierHits: 0,
    })
    await expect
      .poll(async () => {
        await ask(`${two}/about?topic=tea`)
        return (await ask(`${two}/health`)).body.cache.tierHits
      })
      .toBe(1)
    expect((await ask(`${one}/nowhere`)).status).toBe(404)
  })

  test("ends by itself when it is told to", async () => {
    await start()
    const [child] = running
    child!.kill("SIGTERM")
    expect(await once(child!, "exit")).toEqual([0, null])
  })
})

/** What the pages answer, put together. */
interface Body {
  readonly name: string
  readonly visits: number
  readonly text: string
  readonly cache: { readonly hits: number; readonly loads: number; readonly tierHits: number }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGTERM")
  await once(child, "exit")
}
