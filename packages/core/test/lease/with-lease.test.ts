import { PersistError } from "@persist/atomic"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { type Lease, type LeaseOptions, withLease } from "../../src/index.ts"
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

/** The outcome of `work`, as soon as it has one. */
function outcome(work: Promise<unknown>) {
  const seen: { state: "running" | "resolved" | "rejected"; value?: unknown } = { state: "running" }
  work.then(
    (value) => Object.assign(seen, { state: "resolved", value }),
    (value) => Object.assign(seen, { state: "rejected", value }),
  )
  return seen
}

/** The request after the grant is the first renewal. */
const granted = undefined

describe("withLease", () => {
  test("runs the work under a lease, renews it every third of its time, and gives it back", async () => {
    const { store, run } = machine()
    const ran = outcome(
      run(async (lease) => {
        expect(lease.name).toBe("lease")
        await simulation.after(2_100)
        expect(lease.signal.aborted).toBe(false)
        return lease.token
      }),
    )
    await simulation.advance(5_000)
    expect(ran).toEqual({ state: "resolved", value: 1 })
    expect(store.asked.filter((asked) => asked.startsWith("renew"))).toHaveLength(6)
    expect(store.asked.at(-1)).toBe("release nonce-1")
    expect(records.holder("lease")).toBeUndefined()
    expect(simulation.waiting).toBe(0)
  })

  test("waits for the holder, and gets a higher token", async () => {
    const order: string[] = []
    const first = machine().run(async ({ token }) => {
      order.push(`first ${token}`)
      await simulation.after(3_000)
      order.push("first is done")
    })
    const second = machine().run(({ token }) => {
      order.push(`second ${token}`)
    })
    await simulation.advance(6_000)
    await Promise.all([first, second])
    expect(order).toEqual(["first 1", "first is done", "second 2"])
  })

  test("gives up after its timeout, and says who holds it", async () => {
    void machine().run(() => simulation.after(20_000))
    await simulation.advance(10)
    const waiting = outcome(machine().run(() => "never", { timeout: 2_000 }))
    const once = machine()
    const trying = outcome(once.run(() => "never", { timeout: 0 }))
    await simulation.advance(1_990)
    expect(waiting.state).toBe("running")
    await simulation.advance(20)
    for (const { value } of [waiting, trying]) {
      expect(PersistError.is(value, "ERR_PERSIST_TIMEOUT") && value.details?.holder).toBe("nonce-1")
    }
    expect(once.store.asked).toEqual(["acquire nonce-3"])
    await simulation.advance(30_000)
  })

  test("takes over what a dead holder has left, as soon as its time is over", async () => {
    records.acquire("lease", "dead", 1_000)
    let since: number | undefined
    const ran = machine().run(() => {
      since = simulation.time
    })
    await simulation.advance(2_000)
    await ran
    expect(since).toBeGreaterThanOrEqual(1_000)
    expect(since).toBeLessThan(1_010)
  })

  test("aborts at the deadline when no renewal comes through, counted from before the request", async () => {
    const lost = Array.from({ length: 20 }, () => ({ loses: "request" as const }))
    const { seams, run } = machine([{ request: 100, reply: 200 }, ...lost])
    let abortedAt: number | undefined
    let reason: unknown
    const ran = outcome(
      run(async ({ signal }) => {
        signal.addEventListener("abort", () => {
          abortedAt = seams.now()
          reason = signal.reason
        })
        await simulation.after(3_000)
      }),
    )
    await simulation.advance(5_000)
    // 1,000 ms less 1 % and 2 ms.
    expect(abortedAt).toBe(988)
    expect(PersistError.is(reason, "ERR_PERSIST_LOCK_LOST")).toBe(true)
    expect(ran).toEqual({ state: "rejected", value: reason })
    expect(String(reason)).toContain('"lease" (token 1)')
  })

  test("outlives renewals of which the reply or the request was lost", async () => {
    const { run } = machine([granted, { loses: "reply" }, { loses: "request" }])
    const ran = outcome(run(() => simulation.after(4_000)))
    await simulation.advance(6_000)
    expect(ran.state).toBe("resolved")
  })

  test("aborts at once when the store says that it is somebody else's", async () => {
    const { seams, run } = machine()
    let abortedAt: number | undefined
    const ran = outcome(
      run(async ({ signal }) => {
        signal.addEventListener("abort", () => {
          abortedAt = seams.now()
        })
        await simulation.after(900)
      }),
    )
    await simulation.advance(10)
    records.release("lease", "nonce-1")
    records.acquire("lease", "other", 10_000)
    await simulation.advance(2_000)
    expect(abortedAt).toBeLessThan(340)
    expect(ran.state).toBe("rejected")
    expect(records.holder("lease")?.nonce).toBe("other")
  })

  test("knows after a blocked event loop, before any timer, that it may have been lost", async () => {
    const { seams, run } = machine()
    const seen: boolean[] = []
    const ran = outcome(
      run(async (lease) => {
        simulation.schedule(100, () => seams.block(5_000))
        await simulation.after(1_200)
        seen.push(lease.signal.aborted)
      }),
    )
    await simulation.advance(20_000)
    expect(seen).toEqual([true])
    expect(ran.state).toBe("rejected")
  })

  test("never revives: a renewal that is answered after the deadline comes too late", async () => {
    const { run } = machine([
      granted,
      ...Array.from({ length: 5 }, () => ({ request: 1, reply: 900 })),
    ])
    const seen: boolean[] = []
    const ran = outcome(
      run(async (lease) => {
        for (let count = 0; count < 20; count++) {
          await simulation.after(100)
          seen.push(lease.signal.aborted)
        }
      }),
    )
    await simulation.advance(5_000)
    expect(seen.lastIndexOf(false)).toBeLessThan(seen.indexOf(true))
    expect(seen.at(-1)).toBe(true)
    expect(ran.state).toBe("rejected")
  })

  test("loses it when the clock jumps past the deadline", async () => {
    const { seams, run } = machine()
    const ran = outcome(run(() => simulation.after(500)))
    await simulation.advance(100)
    seams.jump(990)
    await simulation.advance(1_000)
    expect(ran.state).toBe("rejected")
  })

  test("does not free the next holder's lease when it ends late", async () => {
    const lost = Array.from({ length: 5 }, () => ({ loses: "request" as const }))
    const late = outcome(machine([granted, ...lost]).run(() => simulation.after(2_000)))
    const next = outcome(machine().run(() => simulation.after(3_000), { timeout: 5_000 }))
    await simulation.advance(2_500)
    expect(late.state).toBe("rejected")
    expect(records.holder("lease")?.token).toBe(2)
    await simulation.advance(5_000)
    expect(next.state).toBe("resolved")
  })

  test("recognises its own lease when the reply to its request was lost", async () => {
    const { store, run } = machine([{ loses: "reply" }])
    const ran = outcome(run(({ token }) => token))
    await simulation.advance(5_000)
    expect(ran).toEqual({ state: "resolved", value: 1 })
    expect(store.asked).toEqual([
      "acquire nonce-1",
      "acquire nonce-1",
      "renew nonce-1",
      "release nonce-1",
    ])
  })

  test("asks again when the answer took longer than the lease lasts", async () => {
    const { run } = machine([{ reply: 1_500 }])
    const ran = outcome(run(({ token }) => token))
    await simulation.advance(5_000)
    expect(ran).toEqual({ state: "resolved", value: 2 })
  })

  test("ends waiting by the signal, and gives back what is granted after it", async () => {
    const { store, run } = machine([{ request: 500, reply: 500 }])
    const controller = new AbortController()
    const reason = new Error("enough")
    const ran = outcome(run(() => "never", { signal: controller.signal }))
    await simulation.advance(100)
    controller.abort(reason)
    await simulation.advance(1)
    expect(PersistError.is(ran.value, "ERR_PERSIST_ABORTED") && ran.value.cause).toBe(reason)
    await simulation.advance(5_000)
    expect(store.asked).toEqual(["acquire nonce-1", "release nonce-1"])
    expect(records.holder("lease")).toBeUndefined()

    void machine().run(() => simulation.after(10_000))
    await simulation.advance(10)
    const pausing = new AbortController()
    const paused = outcome(machine().run(() => "never", { signal: pausing.signal }))
    await simulation.advance(600)
    pausing.abort()
    await simulation.advance(0)
    expect(paused.state).toBe("rejected")
    await simulation.advance(20_000)
    expect(simulation.waiting).toBe(0)
  })

  test("throws what the work throws, and gives the lease back", async () => {
    const error = new Error("of the work")
    const ran = outcome(
      machine().run(() => {
        throw error
      }),
    )
    await simulation.advance(100)
    expect(ran.value).toBe(error)
    expect(records.holder("lease")).toBeUndefined()
  })

  test("throws what the store throws, except what passes", async () => {
    const { seams, store } = machine()
    const broken = new PersistError("ERR_PERSIST_NO_TABLE", "There is no table.")
    vi.spyOn(store, "acquire").mockRejectedValue(broken)
    const ran = outcome(runUnderLease(store, "lease", () => "never", {}, seams))
    await simulation.advance(10)
    expect(ran.value).toBe(broken)
    expect(store.asked).toEqual(["release nonce-1"])
  })

  test("asks a store no more that refuses us, and would again", async () => {
    const details = { isLasting: true }
    const wrong = new PersistError("ERR_PERSIST_CONNECTION", "wrong password", { details })
    const { store, run } = machine()
    const acquire = vi.spyOn(store, "acquire").mockRejectedValue(wrong)
    const ran = outcome(run(() => {}))
    await simulation.advance(1)
    expect(ran).toEqual({ state: "rejected", value: wrong })
    expect(acquire).toHaveBeenCalledTimes(1)
  })

  test("aborts its signal when the work has ended", async () => {
    let kept: Lease | undefined
    const ran = machine().run((lease) => {
      kept = lease
    })
    await simulation.advance(100)
    await ran
    expect(kept?.signal.aborted).toBe(true)
  })

  test("does not wait for a store that does not answer the release", async () => {
    const { run } = machine([granted, { loses: "request" }])
    const ran = outcome(run(() => "done", { ttl: 100 }))
    await simulation.advance(110)
    expect(ran).toEqual({ state: "resolved", value: "done" })
    await simulation.advance(1_000)
  })

  test("refuses wrong options and names", async () => {
    const { store } = machine()
    const wrong = [
      { tll: 1 },
      { ttl: 5 },
      { ttl: "25d" },
      { ttl: Number.NaN },
      { timeout: -1 },
      { signal: 1 },
      { signal: null as unknown as AbortSignal },
      null,
    ]
    for (const options of wrong as LeaseOptions[]) {
      const refused = withLease(store, "lease", () => "never", options)
      await expect(refused).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
    }
    for (const name of ["", "..", "a//b", 1] as string[]) {
      const refused = withLease(store, name, () => "never")
      await expect(refused).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
    }
    const idle = withLease(store, "lease", undefined as never)
    await expect(idle).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    expect(store.asked).toEqual([])
  })

  test("asks the store for whole milliseconds", async () => {
    const { store, run } = machine()
    const acquire = vi.spyOn(store, "acquire")
    const ran = outcome(run(() => "done", { ttl: 1_000.25 }))
    await simulation.advance(10)
    expect(ran).toEqual({ state: "resolved", value: "done" })
    expect(acquire.mock.calls.map(([, , ttl]) => ttl)).toEqual([1_001])
  })

  test("works with the clock and the timers of the process", async () => {
    const now = new LeaseRecords(() => performance.now())
    const store = {
      acquire: async (...asked: Parameters<LeaseRecords["acquire"]>) => now.acquire(...asked),
      renew: async (...asked: Parameters<LeaseRecords["renew"]>) => now.renew(...asked),
      release: async (...asked: Parameters<LeaseRecords["release"]>) => now.release(...asked),
    }
    let running = 0
    const tokens = await Promise.all(
      Array.from({ length: 2 }, () =>
        withLease(
          store,
          "lease",
          async ({ token, signal }) => {
            expect(++running).toBe(1)
            // Longer than the lease lasts without a renewal; a busy machine stops a process for a while.
            await new Promise((resolve) => setTimeout(resolve, 1_700))
            expect(signal.aborted).toBe(false)
            running--
            return token
          },
          { ttl: 1_500 },
        ),
      ),
    )
    expect(tokens.toSorted((a, b) => a - b)).toEqual([1, 2])
  })
})
