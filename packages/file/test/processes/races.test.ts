import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { FileStorage } from "../../src/index.ts"
import { Child } from "../../torture/child.ts"
import { fuzzTogether } from "../../torture/fuzz.ts"
import { temporaryFolder } from "../temporary-folder.ts"

describe("FileStorage between processes", () => {
  test("lets many do anything at random, some of them killed", async () => {
    const directory = join(temporaryFolder(), "data")
    const { operations } = await fuzzTogether(directory, seededRandom(13), 3_000)
    expect(operations).toBeGreaterThanOrEqual(3 * 100)
  })

  test("lets one of many win by ifRevision, and mixes it with updates", async () => {
    const directory = join(temporaryFolder(), "data")
    const times = 40
    const children = ["a", "b", "c", "d"].map(
      (name) => new Child("racer", [directory, name, times]),
    )
    await Promise.all(children.map((child) => child.end()))
    const list = await new FileStorage({ directory }).load<string[]>("list")
    const expected = ["a", "b", "c", "d"].flatMap((name) =>
      Array.from({ length: times }, (_, time) => [
        `${name}-${time}`,
        `${name}-${time}-updated`,
      ]).flat(),
    )
    expect(list!.toSorted()).toEqual(expected.sort())
  })

  test.skipIf(process.platform === "win32")(
    "updates more keys at once than the process may open files",
    () => {
      const directory = join(temporaryFolder(), "data")
      const program = join(import.meta.dirname, "../../torture/children/crowd.ts")
      const command = 'ulimit -n 400 && exec "$0" "$@"'
      const parameters = ["-c", command, process.execPath, program, directory, "1500"]
      expect(execFileSync("sh", parameters, { encoding: "utf8" })).toBe("1500\n")
    },
  )

  test("never undoes a plain save by an update that began before it", async () => {
    const directory = join(temporaryFolder(), "data")
    const child = new Child("setter", [directory, 400])
    await using storage = new FileStorage({ directory, durability: "none" })
    let updates = 0
    while (!child.hasEnded) {
      await storage.update<{ base: number; steps: number }>(
        "value",
        async (current) => {
          if (updates % 3 === 0) await new Promise(setImmediate)
          return { ...current, steps: current.steps + 1 }
        },
        { default: { base: 0, steps: 0 } },
      )
      updates++
    }
    await child.end()
    const base = Number(child.lines[0])
    expect(base).toBeGreaterThanOrEqual(400)
    expect(await storage.load("value")).toMatchObject({ base })
  })

  test.each([
    ["comes to its end", "return"],
    ["calls process.exit", "exit"],
    ["dies of an exception", "throw"],
    ["exits, though only a handler of its exit saves it", "handler"],
  ])("keeps what was not waited for when the process %s", async (_name, how) => {
    const directory = join(temporaryFolder(), "data")
    const child = new Child("exiting", [directory, how])
    await child.end().catch((error: Error) => {
      expect(how).toBe("throw")
      expect(error.message).toContain("on purpose")
    })
    await using storage = new FileStorage({ directory })
    expect(await storage.load("latest")).toBe(50)
    for (let number = 1; number <= 50; number++) {
      expect(await storage.load(`key${number}`)).toBe(number)
    }
    expect(await storage.load("versioned")).toBe(2)
    expect(await storage.versions("versioned")).toHaveLength(1)
    expect(await storage.backups("versioned")).toHaveLength(1)
    expect(await storage.exists("deleted")).toBe(false)
  })
})
