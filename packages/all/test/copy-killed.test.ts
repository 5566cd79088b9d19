import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { type CopyResult, openStorage, type Storage } from "../src/index.ts"
import { type EngineName, Engines } from "./support/servers.ts"

const program = fileURLToPath(new URL("programs/copying.ts", import.meta.url))
const engines = new Engines()
afterAll(() => engines.stop())

const keyCount = 24

/** Everything that a copy must carry over. */
async function contents(storage: Storage): Promise<unknown[]> {
  const all: unknown[] = []
  for (const key of await storage.list()) {
    const { value, entry } = (await storage.loadEntry(key))!
    const { fence } = (await storage.stat(key))!
    all.push([key, value, entry.format, fence, entry.expiresAt && "expires"])
    for (const kind of ["versions", "backups"] as const) {
      for (const { id } of await storage[kind](key)) {
        all.push([kind, id, await storage.load(key, { version: id })])
      }
    }
  }
  return all
}

async function fill(storage: Storage, hasTtl: boolean, hasFences: boolean): Promise<void> {
  for (let index = 0; index < keyCount; index++) {
    const key = `folder-${index % 3}/key-${index}`
    for (let round = 1; round <= 4; round++) {
      await storage.save(
        key,
        { round, text: String(index).repeat(400 * round) },
        {
          version: round % 2 === 1,
          backup: round > 2,
          ...(hasTtl && index % 4 === 0 && { ttl: "1h" }),
          ...(hasFences && index % 2 === 0 && { fence: index + round }),
        },
      )
    }
  }
}

/** A copy in a process of its own, and the keys that it has said are done. */
function copying(from: string, to: string, fences: boolean) {
  const child: ChildProcess = spawn(process.execPath, [program, from, to, String(fences)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const said: string[] = []
  const lines = createInterface({ input: child.stdout! })
  lines.on("line", (line) => said.push(line))
  return { child, said, lines, exited: once(child, "exit"), read: once(lines, "close") }
}

const pairs: readonly (readonly [EngineName, EngineName])[] = [
  ["file", "sqlite"],
  ["sqlite", "file"],
  ["file", "postgres"],
  ["sqlite", "redis"],
  ["redis", "postgres"],
]

describe.each(pairs)(
  "copyStorage from %s to %s, killed in the middle and run again",
  (from, to) => {
    test("ends with equal contents, and does nothing twice", async (context) => {
      const [source, target] = [await engines.fresh(from), await engines.fresh(to)]
      if (source === undefined || target === undefined) {
        console.warn(`NOT TESTED: copyStorage from ${from} to ${to}. A server is missing.`)
        expect(process.env.CI, "a server is missing").toBeUndefined()
        return context.skip()
      }
      await using original = openStorage(source)
      const { ttl, fence } = await supportsOfBoth(original, target)
      await fill(original, ttl, fence)
      const wanted = await contents(original)

      const first = copying(source, target, fence)
      const enough = Promise.withResolvers<void>()
      const [least, later] = [1 + Math.floor(Math.random() * 12), Math.random() * 4]
      first.lines.on("line", () => {
        if (first.said.length === least) enough.resolve()
      })
      await enough.promise
      // Not always at the end of a key: in the middle of what comes next.
      await new Promise((resolve) => setTimeout(resolve, later))
      first.child.kill("SIGKILL")
      await first.exited
      await first.read
      const done = first.said.filter((line) => line.startsWith("folder-"))

      const last = copying(source, target, fence)
      const [code] = await last.exited
      await last.read
      expect(code).toBe(0)
      const result: CopyResult = JSON.parse(last.said.at(-1)!)
      expect(result.copied + result.unchanged).toBe(keyCount)
      expect(result.unchanged).toBeGreaterThanOrEqual(done.length)
      await using copied = openStorage(target)
      expect(await contents(copied), `killed ${later} ms after ${done.length} keys`).toEqual(wanted)
      for (const key of await original.list()) {
        const [left, right] = [await original.stat(key), await copied.stat(key)]
        const moved = Number(left?.expiresAt ?? 0) - Number(right?.expiresAt ?? 0)
        expect(Math.abs(moved)).toBeLessThanOrEqual(1_000)
      }
    })
  },
)

async function supportsOfBoth(original: Storage, target: string) {
  await using other = openStorage(target)
  const ttl = original.supports.ttl && other.supports.ttl
  return { ttl, fence: original.supports.fence && other.supports.fence }
}
