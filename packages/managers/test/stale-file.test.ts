import type * as fs from "node:fs"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import { nodeCode } from "../../atomic/test/support/interfering-file-system.ts"
import { readText } from "../src/layers/file-layer.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** How often the next reads say that another machine has put another file there. */
let times = 0

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>()
  const readFileSync = (...call: unknown[]) => {
    if (times === 0) return Reflect.apply(real.readFileSync, undefined, call)
    times--
    throw Object.assign(new Error("stale"), { code: nodeCode("ESTALE"), errno: -116 })
  }
  const mocked = { ...real, readFileSync }
  return { ...mocked, default: mocked }
})

test.skipIf(process.platform !== "linux")(
  "the file of a layer that another machine replaces while it is read is opened anew",
  async () => {
    const { writeFileSync } = await import("node:fs")
    const path = join(temporaryDirectory(), "app.json")
    writeFileSync(path, "{}")
    times = 3
    expect(readText(path)).toBe("{}")
    expect(times).toBe(0)
  },
)
