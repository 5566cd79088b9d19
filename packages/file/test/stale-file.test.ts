import type * as fs from "node:fs"
import { text } from "node:stream/consumers"
import { promisify } from "node:util"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** How often the next calls say that the file is another one by now. */
const times = { fstat: 0, read: 0 }

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>()
  // As Node words it, which has no name for it.
  const stale = (syscall: string) =>
    Object.assign(new Error(`Unknown system error -116: Unknown system error -116, ${syscall}`), {
      errno: -116,
      code: "Unknown system error -116",
      syscall,
    })
  const failing = (name: "fstatSync" | "readSync", kind: "fstat" | "read") =>
    ((...call: unknown[]) => {
      if (times[kind] > 0) {
        times[kind]--
        throw stale(kind)
      }
      return Reflect.apply(real[name], undefined, call)
    }) as never
  const read = async (...call: never[]) => {
    if (times.read === 0) return Reflect.apply(promisify(real.read), undefined, call)
    times.read--
    throw stale("read")
  }
  const mocked = {
    ...real,
    fstatSync: failing("fstatSync", "fstat"),
    readSync: failing("readSync", "read"),
    read: Object.assign(real.read.bind(undefined), { [promisify.custom]: read }),
  }
  return { ...mocked, default: mocked }
})

describe.skipIf(process.platform !== "linux")(
  "a value that another machine replaces while it is read",
  () => {
    beforeEach(() => {
      times.fstat = 0
      times.read = 0
    })

    test.each(["fstat", "read"] as const)("is opened anew where %s says so", async (call) => {
      await using storage = new FileStorage({ directory: temporaryFolder(), keep: 3 })
      await storage.save("small", "value", { version: true })
      await storage.save("large", "x".repeat(600_000))
      const [version] = await storage.versions("small")
      for (const load of [
        () => storage.load("small"),
        async () => storage.loadSync("small"),
        () => storage.load("small", { version: version!.id }),
      ]) {
        times[call] = 2
        expect(await load()).toBe("value")
        expect(times[call]).toBe(0)
      }
      times[call] = 2
      expect(await storage.load<string>("large")).toHaveLength(600_000)
      expect(times[call]).toBe(0)
    })

    test("is opened anew for a stream, and given up where that never ends", async () => {
      await using storage = new FileStorage({ directory: temporaryFolder() })
      await storage.save("a", "value")
      times.fstat = 2
      expect(await text((await storage.loadStream("a"))!)).toContain("value")
      times.fstat = Number.POSITIVE_INFINITY
      await expect(storage.load("a")).rejects.toMatchObject({
        code: "ERR_PERSIST_IO",
        cause: { errno: -116 },
      })
    })
  },
)
