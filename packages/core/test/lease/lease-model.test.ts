import { PersistError } from "@persist/atomic"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { Lease } from "../../src/index.ts"
import { runUnderLease } from "../../src/lease/with-lease.ts"
import { LeaseRecords, LinkedLeaseStore, type Transit } from "../support/memory-lease-store.ts"
import { Machine, Simulation } from "../support/simulation.ts"

const ttl = 1_000
/** Less than what a deadline allows for. */
const mostDrift = 0.009

const transits: fc.Arbitrary<Transit> = fc.record({
  request: fc.oneof({ weight: 4, arbitrary: fc.nat(20) }, fc.nat(1_500)),
  reply: fc.oneof({ weight: 4, arbitrary: fc.nat(20) }, fc.nat(1_500)),
  loses: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    fc.constantFrom("request" as const, "reply" as const),
  ),
})

const machines = fc.record({
  drift: fc.double({ min: -mostDrift, max: mostDrift, noNaN: true }),
  transits: fc.array(transits, { minLength: 1, maxLength: 12, size: "max" }),
  rounds: fc.array(
    fc.record({
      /** How long the work takes. */
      work: fc.nat(3_000),
      /** What happens to the machine meanwhile, and when. */
      mishap: fc.constantFrom("none", "none", "block", "jump"),
      after: fc.nat(1_500),
      lasts: fc.nat(2_500),
    }),
    { minLength: 1, maxLength: 3, size: "max" },
  ),
})

interface Held {
  readonly lease: Lease
  readonly machine: Machine
  /** By the clock of the machine. */
  readonly latestDeadline: () => number
}

test("at most one holder has a signal that is not aborted, and tokens rise", async () => {
  const property = fc.asyncProperty(
    fc.array(machines, { minLength: 2, maxLength: 4, size: "max" }),
    async (plans) => {
      const simulation = new Simulation()
      const records = new LeaseRecords(() => simulation.time)
      const held = new Set<Held>()
      const tokens: number[] = []
      const unexpected: unknown[] = []
      let isOver = 0

      const live = async ({ drift, transits, rounds }: (typeof plans)[number]) => {
        const machine = new Machine(simulation, drift)
        let count = 0
        let lastSent = 0
        const store = new LinkedLeaseStore(records, simulation, machine, (asked) => {
          if (!asked.startsWith("release")) lastSent = machine.now()
          return transits[count++ % transits.length]!
        })
        for (const { work, mishap, after, lasts } of rounds) {
          const body = async (lease: Lease) => {
            tokens.push(lease.token)
            // No renewal that is sent later can count from earlier.
            const one = { lease, machine, latestDeadline: () => lastSent + ttl }
            held.add(one)
            if (mishap === "block") simulation.schedule(after, () => machine.block(lasts))
            if (mishap === "jump") simulation.schedule(after, () => machine.jump(lasts))
            await simulation.after(work)
            held.delete(one)
          }
          const options = { ttl, timeout: 20_000 }
          await runUnderLease(store, "lease", body, options, machine).catch((error: unknown) => {
            const codes = [
              "ERR_PERSIST_LOCK_LOST",
              "ERR_PERSIST_TIMEOUT",
              "ERR_PERSIST_INDETERMINATE",
            ] as const
            if (!codes.some((code) => PersistError.is(error, code))) unexpected.push(error)
          })
        }
        isOver++
      }

      const lives = plans.map(live)
      const look = () => {
        const sure = [...held].filter(({ lease }) => !lease.signal.aborted)
        expect(sure.length).toBeLessThanOrEqual(1)
        for (const { machine, latestDeadline } of sure) {
          expect(machine.now()).toBeLessThan(latestDeadline())
        }
        // Whoever is sure to hold it is who the store says.
        for (const { lease } of sure) expect(records.holder("lease")?.token).toBe(lease.token)
      }
      while (isOver < plans.length) await simulation.advance(5_000, look)
      await Promise.all(lives)
      expect(unexpected).toEqual([])
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b))
      expect(new Set(tokens).size).toBe(tokens.length)
      // Nothing is left running: no renewal, no look at the clock.
      await simulation.advance(10_000)
      expect(simulation.waiting).toBe(0)
    },
  )
  await fc.assert(property, { numRuns: 150 })
})
