import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Who is not gone after a minute, is killed. */
function start(program: string, ...args: string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, "programs", program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  })
}

/** Sends SIGTERM. */
async function end(beside: string) {
  const directory = temporaryDirectory()
  const child = start("exit-beside.ts", directory, beside)
  const said = text(child.stdout)
  child.stdout.once("data", () => child.kill("SIGTERM"))
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null]
  await using states = new StateManager({ directory })
  return { code, signal, said: await said, state: await states.loadState("state") }
}

test.for([
  ["once before", { code: 0, signal: null, said: "ready\nended in peace\n" }],
  ["polite 3", { code: null, signal: "SIGTERM", said: "ready\npolite\n" }],
  ["polite 4", { code: null, signal: "SIGTERM", said: "ready\npolite\n" }],
  ["polite 3 after", { code: null, signal: "SIGTERM", said: "ready\npolite\n" }],
  ["polite, and stays", { code: 0, signal: null, said: "ready\npolite\n" }],
  ["a copy", { code: null, signal: "SIGTERM", said: "ready\ncopy\n" }],
] as const)(
  "a live state saved at exit, beside %s: the process ends as it should",
  async ([beside, expected]) => {
    expect(await end(beside)).toEqual({ ...expected, state: { n: 1 } })
  },
)

test("what a later listener of the exit changes is saved too", async () => {
  expect(await end("exit listener")).toMatchObject({ code: 0, state: { n: 2 } })
})

test.for(["raises it again", "raises it again after a promise"])(
  "what a listener of the signal changes that %s, is saved too",
  async (beside) => {
    expect(await end(beside)).toMatchObject({ signal: "SIGTERM", state: { n: 2 } })
  },
)

test("a listener of the exit that throws keeps nothing from being saved", async () => {
  expect(await end("a listener that throws")).toMatchObject({ signal: null, state: { n: 1 } })
})

test.for([
  [0, 1],
  [3, 3],
])(
  "a save at exit that fails is told, makes %i of the code %i, and keeps no other from its turn",
  async ([code, expected]) => {
    const directory = temporaryDirectory()
    const child = start("exit-conflict.ts", directory, String(code))
    const errors = text(child.stderr)
    expect(await once(child, "exit")).toEqual([expected, null])
    expect(await errors).toMatch(/could not be saved at exit.*ERR_PERSIST_CONFLICT/s)
    await using states = new StateManager({ directory })
    expect(await states.loadState("first")).toEqual({ n: 100 })
    expect(await states.loadState("second")).toEqual({ n: 1 })
  },
)

test("who closes what is saved at exit leaves no listener behind", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const open = (name: string) => states.open(name, { initial: 0, saveAtExit: true })
  const counts = () =>
    ["exit", "SIGTERM", "SIGINT", "SIGHUP"].map((event) => process.listenerCount(event))
  const before = counts()
  const lives = [await open("one"), await open("two")] as const
  const between = before.map((count) => count + 1)
  expect(counts()).toEqual(between)
  await lives[0].close()
  expect(counts()).toEqual(between)
  await lives[1].close()
  expect(counts()).toEqual(before)
})

test.for(["the first process of a container", "one that opens another state meanwhile"])(
  "a signal that does not end %s is not the last one that is saved at",
  async (which) => {
    const child = start("exit-again.ts", which)
    const said = text(child.stdout)
    expect(await once(child, "exit")).toEqual([null, "SIGTERM"])
    expect(await said).toBe("saved\nsaved\n")
  },
)
