import { PersistError } from "@persist/atomic"
import { beforeEach, describe, expect, test, vi } from "vitest"
import type { Lease } from "../../src/index.ts"
import { runUnderLease } from "../../src/lease/with-lease.ts"
import { leaseMachine } from "../support/lease-machine.ts"
import { LeaseRecords, type Transit } from "../support/memory-lease-store.ts"
import { Simulation } from "../support/simulation.ts"

let simulation: Simulation
let records: LeaseRecords

beforeEach(() => {
  simulation = new Simulation()
  records = new LeaseRecords(() => simulation.time)
})

const machine = (faults?: readonly (Partial<Transit> | undefined)[]) =>
  leaseMachine(simulation, records, faults)

/** When `work` settled, and with what. */
function outcome(work: Promise<unknown>) {
  const seen: { at?: number; value?: unknown } = {}
  const note = (value: unknown) => Object.assign(seen, { at: simulation.time, value })
  work.then(note, note)
  return seen
}

describe("the end of a lease", () => {
  test("is waited for until the store has it, so that the next holder need not wait", async () => {
    const { run } = machine([undefined, { request: 300, reply: 300 }])
    const ran = outcome(run(() => "done"))
    await simulation.advance(301)
    expect(ran).toEqual({})
    expect(records.holder("lease")?.token).toBe(1)
    await simulation.advance(400)
    expect(ran).toEqual({ at: 602, value: "done" })
    // Not even the timer that would have given up is left.
    expect(simulation.waiting).toBe(0)
  })

  test("is waited for no longer than the lease would have lasted", async () => {
    const { run } = machine([undefined, { loses: "request" }])
    const { seams, store } = machine()
    vi.spyOn(store, "release").mockReturnValue(new Promise(() => {}))
    const ran = outcome(runUnderLease(store, "other", () => "done", { ttl: 1_000 }, seams))
    const lost = outcome(run(() => "done"))
    await simulation.advance(5_000)
    expect(ran).toEqual({ at: 988, value: "done" })
    expect(lost.at).toBeLessThanOrEqual(988)
  })

  test("is not waited for when it was lost before", async () => {
    const { seams, store } = machine()
    vi.spyOn(store, "renew").mockReturnValue(new Promise(() => {}))
    const release = vi.spyOn(store, "release").mockReturnValue(new Promise(() => {}))
    const work = () => simulation.after(2_000)
    const ran = outcome(runUnderLease(store, "lease", work, { ttl: 1_000 }, seams))
    await simulation.advance(2_002)
    expect(ran.at).toBe(2_002)
    expect(PersistError.is(ran.value, "ERR_PERSIST_LOCK_LOST")).toBe(true)
    expect(release).toHaveBeenCalledTimes(1)
    expect(simulation.waiting).toBe(0)
  })
})

describe("the reason of a lost lease", () => {
  const work = () => simulation.after(3_000)

  test("names the lease, and that no renewal was answered", async () => {
    const { seams, store } = machine()
    vi.spyOn(store, "renew").mockReturnValue(new Promise(() => {}))
    const ran = outcome(runUnderLease(store, "lease", work, { ttl: 1_000 }, seams))
    await simulation.advance(5_000)
    expect(ran.value).toMatchObject({ details: { name: "lease", token: 1 } })
    expect(ran.value).not.toHaveProperty("cause")
    expect(String(ran.value)).toContain("no renewal came through within its time of 1000 ms")
  })

  test("has the failure of the last renewal as its cause", async () => {
    const { seams, store } = machine()
    const down = new Error("The store is down.")
    vi.spyOn(store, "renew").mockRejectedValue(down)
    const ran = outcome(runUnderLease(store, "lease", work, { ttl: 1_000 }, seams))
    await simulation.advance(5_000)
    expect((ran.value as Error).cause).toBe(down)
    expect(String(ran.value)).toContain("its last renewals have failed")
  })

  test("has no failure as its cause that a renewal has made good", async () => {
    const { seams, store } = machine()
    const renew = vi.spyOn(store, "renew").mockRejectedValueOnce(new Error("once"))
    const ran = outcome(runUnderLease(store, "lease", work, { ttl: 1_000 }, seams))
    await simulation.advance(600)
    expect(renew).toHaveBeenCalledTimes(2)
    renew.mockReturnValue(new Promise(() => {}))
    await simulation.advance(5_000)
    expect(ran.value).not.toHaveProperty("cause")
    expect(String(ran.value)).toContain("no renewal came through")
  })

  test("stays as it was, whatever comes after it", async () => {
    const { seams, store } = machine()
    vi.spyOn(store, "renew").mockResolvedValueOnce(false)
    let kept: Lease | undefined
    const keep = async (lease: Lease) => {
      kept = lease
      await simulation.after(2_000)
    }
    const ran = outcome(runUnderLease(store, "lease", keep, { ttl: 1_000 }, seams))
    await simulation.advance(400)
    const { reason } = kept!.signal
    expect(String(reason)).toContain("the store has it as expired, or as somebody else's")
    await simulation.advance(5_000)
    expect([kept!.signal.reason, ran.value]).toEqual([reason, reason])
  })

  test("aborts without anybody looking, after renewals that came in too", async () => {
    const { seams, store } = machine()
    let abortedAt: number | undefined
    const watch = async ({ signal }: Lease) => {
      signal.addEventListener("abort", () => {
        abortedAt = simulation.time
      })
      await simulation.after(5_000)
    }
    const running = outcome(runUnderLease(store, "lease", watch, { ttl: 1_000 }, seams))
    await simulation.advance(1_100)
    vi.spyOn(store, "renew").mockReturnValue(new Promise(() => {}))
    await simulation.advance(9_000)
    // The last renewal was sent at 1,002 and counts for 988 ms.
    expect(abortedAt).toBeGreaterThan(1_900)
    expect(abortedAt).toBeLessThan(2_000)
    expect(running.at).toBe(5_002)
  })
})

describe("renewals that overtake each other", () => {
  test("never shorten the lease", async () => {
    // The first one is answered after the second, and counts from earlier.
    const slow = [undefined, { request: 1, reply: 500 }, { request: 1, reply: 1 }]
    const { run } = machine([...slow, ...Array.from({ length: 9 }, () => ({ reply: 5_000 }))])
    let abortedAt: number | undefined
    const ran = outcome(
      run(async ({ signal }) => {
        signal.addEventListener("abort", () => {
          abortedAt = simulation.time
        })
        await simulation.after(4_000)
      }),
    )
    await simulation.advance(9_000)
    // By the second renewal, sent two thirds after the grant had arrived.
    expect(abortedAt).toBeCloseTo(2 + 2_000 / 3 + 988, 0)
    expect(PersistError.is(ran.value, "ERR_PERSIST_LOCK_LOST")).toBe(true)
  })
})
