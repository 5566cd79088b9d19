import { expect, test, vi } from "vitest"
import { historyIds, historyIdTime } from "../src/index.ts"

/** What every random byte is. */
let random = 0

vi.mock("node:crypto", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, random),
  randomFillSync: (bytes: Buffer) => bytes.fill(random),
}))

test.each([0, 0x80, 0xff])(
  "history ids increase within a millisecond, should every random byte be %d",
  (byte) => {
    random = byte
    const next = historyIds(() => 1_234)
    // More than one filling of random steps gives; from the highest number, the first step carries.
    const ids = Array.from({ length: 600 }, next)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(600)
    expect(new Set(ids.map((id) => `${id.length} ${historyIdTime(id)}`))).toEqual(
      new Set(["26 1234"]),
    )
  },
)
