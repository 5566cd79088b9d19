import { describe, expect, test } from "vitest"
import { storageConformance } from "../src/conformance/index.ts"
import { brokenCopies } from "./support/broken-copies.ts"
import { brokenDetails } from "./support/broken-details.ts"
import { brokenEntries } from "./support/broken-entries.ts"
import { brokenFences } from "./support/broken-fences.ts"
import { brokenHandles } from "./support/broken-handles.ts"
import { brokenLinks } from "./support/broken-links.ts"
import { brokenMoments } from "./support/broken-moments.ts"
import { brokenStorages } from "./support/broken-storages.ts"
import { brokenTwins } from "./support/broken-twins.ts"
import { brokenUpdates } from "./support/broken-updates.ts"
import { CollectingRunner } from "./support/collecting-runner.ts"
import { MemoryStorage, type MemoryStorageOptions } from "./support/memory-storage.ts"

function suiteOf(Backend: new (options?: MemoryStorageOptions) => MemoryStorage): CollectingRunner {
  const runner = new CollectingRunner()
  storageConformance(runner, {
    name: "broken",
    open: (options) => new Backend(options),
    reopen: ({ disk }, options) => new Backend({ ...options, disk }),
    async damage({ disk }, key, bytes) {
      disk.values.set(key, { ...disk.values.get(key)!, bytes })
    },
  })
  return runner
}

describe("the conformance suite", () => {
  test("finds nothing wrong with the reference", async () => {
    expect(await suiteOf(MemoryStorage).failures(/^/, 20_000)).toEqual([])
  })

  test("lets a storage pass its signals to fetch, whose listeners go with the garbage", async () => {
    class Fetching extends MemoryStorage {
      protected override async _read(key: string, signal?: AbortSignal) {
        await (await fetch("data:,", { signal: signal ?? null })).text()
        return super._read(key)
      }
    }
    expect(await suiteOf(Fetching).failures(/misuse: leaves nothing/, 20_000)).toEqual([])
  }, 60_000)

  test.each(brokenLinks)(
    "notices a storage that %s",
    async (_, noticed, Backend) => {
      const runner = new CollectingRunner()
      storageConformance(runner, {
        name: "broken",
        open: (options) => new Backend(options),
        reopen: ({ disk }, options) => new Backend({ ...options, disk }),
        faults: ({ link }) => link,
        deadline: 500,
      })
      expect(await runner.failures(noticed, 5_000)).not.toEqual([])
    },
    60_000,
  )

  test.each([
    ...brokenStorages,
    ...brokenDetails,
    ...brokenTwins,
    ...brokenFences,
    ...brokenEntries,
    ...brokenCopies,
    ...brokenHandles,
    ...brokenMoments,
    ...brokenUpdates,
  ])(
    "notices a storage that %s",
    async (_, noticed, Backend) => {
      const failures = await suiteOf(Backend).failures(noticed, 2_000)
      expect(failures).not.toEqual([])
    },
    60_000,
  )

  test("tells what went wrong before that a storage cannot be closed, and closes the others", async () => {
    const closed: MemoryStorage[] = []
    class Stuck extends MemoryStorage {
      protected override async _close() {
        closed.push(this)
        throw new Error("cannot be closed")
      }
    }
    class StuckAndEmpty extends Stuck {
      protected override async _read() {
        return undefined
      }
    }
    const found = (Backend: typeof Stuck) =>
      suiteOf(Backend)
        .tests.find(({ name }) => name.startsWith("values: gives back"))!
        .run()
    await expect(found(StuckAndEmpty)).rejects.toThrow("Expected values")
    await expect(found(Stuck)).rejects.toThrow("cannot be closed")
    const between = suiteOf(Stuck).tests.find(({ name }) => name.startsWith("revisions: hold bet"))!
    closed.length = 0
    await expect(between.run()).rejects.toThrow("cannot be closed")
    expect(new Set(closed).size).toBe(2)
  })

  test("asks for reopen where it is needed", async () => {
    const runner = new CollectingRunner()
    storageConformance(runner, {
      name: "persistent",
      open: (options) => new MemoryStorage(options),
    })
    const failures = await runner.failures(/persistence/, 20_000)
    expect(failures.some((name) => name.includes("finds everything again"))).toBe(true)
  })
})
