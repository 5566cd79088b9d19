import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, test } from "vitest"

describe("memory of CacheStorage", () => {
  test("75 bytes per entry with TTL, nothing retained after clear, flat under eviction", async () => {
    const program = join(import.meta.dirname, "programs", "memory.ts")
    const run = promisify(execFile)(process.execPath, ["--expose-gc", program], { timeout: 60_000 })
    const { perEntry, retained, alive, growth, watched, retainedByAdaptive } = JSON.parse(
      (await run).stdout,
    )
    expect(perEntry).toBeLessThanOrEqual(75)
    expect(perEntry).toBeGreaterThan(30)
    expect(alive).toBe(0)
    expect(retained).toBeLessThan(200_000)
    expect(watched).toBeGreaterThan(10_000_000)
    // But for the sketch of how often keys were seen, a megabyte.
    expect(retainedByAdaptive).toBeLessThan(4_000_000)
    expect(growth).toBeLessThan(100_000)
  })
})
