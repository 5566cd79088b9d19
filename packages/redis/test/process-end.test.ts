import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { describeRedis } from "./support/describe-redis.ts"
import { startRedis } from "./support/redis-process.ts"
import { addressesOf, startSplit } from "./support/split-sentinels.ts"

/** Milliseconds after which a program counts as one that does not end. */
const timeout = 60_000

async function runToItsEnd(name: string, ...given: readonly string[]): Promise<void> {
  const program = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))
  const [code, signal] = await once(fork(program, given, { timeout }), "exit")
  expect({ code, signal }).toEqual({ code: 0, signal: null })
}

describeRedis("a process", () => {
  test.concurrent("ends by itself with an open bus, as soon as the server has what was said", async () => {
    await using server = await startRedis()
    await runToItsEnd("open-bus", JSON.stringify({ url: server.url }), "bus")
    expect(await server.ask("XLEN", "bus")).toBe(2)
  })

  test.concurrent("ends with an open bus where sentinels are asked again and again, and one is silent", async () => {
    await using split = await startSplit()
    split.outdated.link.blackHole()
    const sentinel = addressesOf(split.outdated, split.current)
    await runToItsEnd("open-bus", JSON.stringify({ sentinel }), "bus")
    expect(await split.primary.ask("XLEN", "bus")).toBe(2)
  })

  test.concurrent("ends at once after its storage was closed, though a sentinel is silent", async () => {
    await using split = await startSplit()
    split.outdated.link.blackHole()
    const sentinel = addressesOf(split.outdated, split.current)
    await runToItsEnd("closed-storage", JSON.stringify({ sentinel }))
  })
})
