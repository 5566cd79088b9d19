import type * as files from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, expect, test, vi } from "vitest"
import { temporaryFolder } from "../../atomic/test/support/folder.ts"
import { nodeCode } from "../../atomic/test/support/interfering-file-system.ts"
import { JsonSerializer } from "../src/index.ts"

/** How often the next reads say that another machine has put another file there. */
let times = 0

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof files>()
  const readFile = async (...call: unknown[]) => {
    if (times === 0) return Reflect.apply(real.readFile, undefined, call)
    times--
    throw Object.assign(new Error("stale"), { code: nodeCode("ESTALE"), errno: -116 })
  }
  const mocked = { ...real, readFile }
  return { ...mocked, default: mocked }
})

beforeEach(() => {
  times = 0
})

test.skipIf(process.platform !== "linux")(
  "a file that another machine replaces while it is read is opened anew, and given up where that never ends",
  async () => {
    const json = new JsonSerializer()
    const path = join(temporaryFolder(), "file.json")
    await json.serialize("value", path)
    times = 3
    expect(await json.deserialize(path)).toBe("value")
    expect(times).toBe(0)
    times = Number.POSITIVE_INFINITY
    await expect(json.deserialize(path)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { errno: -116 },
    })
  },
)
