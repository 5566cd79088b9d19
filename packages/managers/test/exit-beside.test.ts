import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Who is not gone after ten seconds, is killed. */
function start(program: string, ...args: string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, "programs", program), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 10_000,
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

test.for(["the first process of a container", "one that opens another state meanwhile"])(
  "a signal that does not end %s is not the last one that is saved at",
  async (which) => {
    const child = start("exit-again.ts", which)
    const said = text(child.stdout)
    expect(await once(child, "exit")).toEqual([null, "SIGTERM"])
    expect(await said).toBe("saved\nsaved\n")
  },
)
