import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { FileFacts } from "../src/index.ts"
import type { Candidate } from "../src/locks/candidate.ts"
import { decodeRecord } from "../src/locks/lock-record.ts"
import { Vigil } from "../src/locks/vigil.ts"
import { foreignRecord } from "./support/records.ts"

const heartbeat = 2_000
const record = decodeRecord(Buffer.from(foreignRecord("f".repeat(32), heartbeat)))

/** A holder out of sight, a watcher, and the file system's clock, in milliseconds. */
class World {
  readonly #vigil = new Vigil()
  /** The last sign of life. */
  sign = 0
  fileClock = 0

  pass(milliseconds: number): void {
    vi.advanceTimersByTime(milliseconds)
    this.fileClock += milliseconds
  }

  look(): boolean {
    const facts = { ino: 1n, mtimeNs: BigInt(this.sign) * 1_000_000n } as FileFacts
    const candidate = { now: () => BigInt(this.fileClock) * 1_000_000n } as Candidate
    return this.#vigil.isOver({ record, facts, isDead: false, isAlive: false }, candidate)
  }

  watch(milliseconds: number): boolean {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      if (this.look()) return true
      this.pass(100)
    }
    return false
  }
}

describe("Vigil", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"] })
    vi.advanceTimersByTime(1e6)
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test("ends after two heartbeats when the last sign is long past, not before", () => {
    const world = new World()
    world.fileClock = 3_600_000
    expect(world.watch(2 * heartbeat - 200)).toBe(false)
    expect(world.watch(600)).toBe(true)
  })

  test("waits for five missed heartbeats of a holder that was alive a moment ago", () => {
    const world = new World()
    expect(world.watch(5 * heartbeat - 200)).toBe(false)
    expect(world.watch(800)).toBe(true)
  })

  test("ends though the clock of the file system was set back", () => {
    const world = new World()
    world.sign = 3_600_000
    expect(world.watch(5 * heartbeat + 500)).toBe(true)
  })

  test("starts again after the watcher slept, so that a holder that slept too can give a sign", () => {
    const world = new World()
    expect(world.watch(2 * heartbeat)).toBe(false)
    world.pass(3_600_000)
    expect(world.look()).toBe(false)
    world.pass(300)
    world.sign = world.fileClock
    expect(world.watch(3 * heartbeat)).toBe(false)
  })

  test("never ends while signs come as promised, whatever clocks and looks do", () => {
    const step = fc.record({
      pass: fc.integer({ min: 1, max: 1_500 }),
      jump: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: -1e7, max: 1e7 })),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const world = new World()
        let sinceSign = 0
        for (const { pass, jump } of steps) {
          world.pass(pass)
          world.fileClock = Math.max(0, world.fileClock + jump)
          sinceSign += pass
          if (sinceSign >= heartbeat) {
            // No two signs at the same nanosecond.
            world.sign = world.fileClock + (world.fileClock + 1 === world.sign ? 2 : 1)
            sinceSign = 0
          }
          expect(world.look()).toBe(false)
        }
      }),
    )
  })
})
