import { PersistError } from "@persist/atomic"
import { beforeEach, describe, expect, test } from "vitest"
import type { LeaseOptions, LeaseRefusal, LeaseStore } from "../../src/index.ts"
import type { LeaseSeams } from "../../src/lease/seams.ts"
import { runUnderLease } from "../../src/lease/with-lease.ts"
import { Machine, Simulation } from "../support/simulation.ts"

let simulation: Simulation
let seams: Machine

beforeEach(() => {
  simulation = new Simulation()
  seams = new Machine(simulation)
})

/** A store that answers `acquire` at once, each time with what `answer` gives, and notes when it was asked. */
function answering(answer: (asked: number) => Awaited<ReturnType<LeaseStore["acquire"]>>) {
  const times: number[] = []
  const nonces: string[] = []
  const released: string[] = []
  const store: LeaseStore = {
    async acquire(_, nonce) {
      times.push(simulation.time)
      nonces.push(nonce)
      return answer(times.length)
    },
    renew: async () => true,
    release: async (_, nonce) => void released.push(nonce),
  }
  const run = (options: LeaseOptions) => runUnderLease(store, "lease", () => "ran", options, seams)
  return { times, nonces, released, store, run }
}

const refused: LeaseRefusal = { heldFor: 10_000, holder: "someone" }

async function outcome(work: Promise<unknown>, milliseconds: number): Promise<unknown> {
  let seen: unknown = "running"
  work.then(
    (value) => {
      seen = value
    },
    (error) => {
      seen = error
    },
  )
  await simulation.advance(milliseconds)
  return seen
}

describe("waiting for a lease", () => {
  test("asks after pauses that double up to half a second, and at last when its time is over", async () => {
    const { times, run } = answering(() => refused)
    await outcome(run({ timeout: 2_000 }), 5_000)
    const pauses = times.slice(1).map((time, index) => time - times[index]!)
    // Three quarters of them, by the randomness of the simulation.
    expect(pauses).toEqual([12, 24, 48, 96, 192, 384, 384, 384, 384, 92])
  })

  test("takes between half a pause and a whole one, by chance", async () => {
    for (const [chance, pause] of [
      [0, 8],
      [0.999_999, 16],
    ] as const) {
      Object.assign(seams, { random: () => chance })
      const { times, run } = answering(() => refused)
      await outcome(run({ timeout: 10 + pause }), 100)
      expect(times[1]! - times[0]!).toBeCloseTo(pause, 3)
    }
  })

  test("asks when the holder's time is over, but never at once", async () => {
    const { times, run } = answering((asked) => ({ heldFor: [5, 0, -3][asked - 1] ?? 10_000 }))
    await outcome(run({ timeout: 10 }), 100)
    expect(times.slice(0, 4)).toEqual([0, 5, 6, 7])
  })

  test("tells who held it and for how long, where that is known", async () => {
    const known = await outcome(answering(() => refused).run({ timeout: 0 }), 10)
    expect(known).toMatchObject({ details: { holder: "someone", heldFor: 10_000 } })
    expect(String(known)).toContain("it is held by someone.")
    const unknown = await outcome(answering(() => ({ heldFor: 7 })).run({ timeout: 0 }), 10)
    expect((unknown as PersistError).details).toEqual({ heldFor: 7 })
    expect(String(unknown)).toContain("it is held by somebody else.")
  })

  test("ends with what the store said last, and gives back what may have been granted", async () => {
    const lost = new PersistError("ERR_PERSIST_INDETERMINATE", "No reply.")
    const { times, released, run } = answering(() => {
      throw lost
    })
    expect(await outcome(run({ timeout: 100 }), 1_000)).toBe(lost)
    expect(times.length).toBeGreaterThan(2)
    expect(released).toEqual(["nonce-1"])
  })

  test("ends with the holder when the store answers again", async () => {
    const { run } = answering((asked) => {
      if (asked === 1) throw new PersistError("ERR_PERSIST_CONNECTION", "cut")
      return refused
    })
    expect(await outcome(run({ timeout: 10 }), 1_000)).toMatchObject({ details: refused })
  })

  test("gives back once a grant whose answer took longer than the lease lasts, and asks as another", async () => {
    const { nonces, released, run } = answering((asked) => {
      if (asked === 1) seams.jump(1_500)
      return { token: asked }
    })
    expect(await outcome(run({ ttl: 1_000 }), 5_000)).toBe("ran")
    expect(nonces).toEqual(["nonce-1", "nonce-2"])
    expect(released).toEqual(["nonce-1", "nonce-2"])
  })

  test("says nothing of a holder when all answers came too late", async () => {
    const { run } = answering((asked) => {
      if (asked === 1) return { heldFor: 1, holder: "before" }
      seams.jump(1_500)
      return { token: asked }
    })
    const late = await outcome(run({ ttl: 1_000, timeout: 1_000 }), 5_000)
    expect((late as PersistError).details).toEqual({})
  })

  test("asks nothing when it is aborted before, and leaves no timer when it is aborted in a pause", async () => {
    const before = answering(() => refused)
    const aborted = await outcome(before.run({ signal: AbortSignal.abort() }), 10)
    expect(PersistError.is(aborted, "ERR_PERSIST_ABORTED")).toBe(true)
    expect(before.times).toEqual([])
    const controller = new AbortController()
    const waiting = outcome(answering(() => refused).run({ signal: controller.signal }), 5)
    await waiting
    controller.abort()
    await simulation.advance(0)
    expect(simulation.waiting).toBe(0)
  })

  test("keeps the process while it waits, and not for renewals", async () => {
    const kept: [milliseconds: number, keepsAlive: boolean][] = []
    const { now, nonce, random } = seams
    const timer: LeaseSeams["timer"] = (milliseconds, callback, keepsAlive) => {
      kept.push([Math.round(milliseconds), keepsAlive])
      return simulation.schedule(milliseconds, callback)
    }
    const noting = { now, nonce, random, timer }
    const { store } = answering((asked) => (asked === 1 ? refused : { token: asked }))
    await outcome(
      runUnderLease(store, "lease", () => simulation.after(100), { ttl: 1_000 }, noting),
      1_000,
    )
    // The pause, the look at the deadline, the renewal, and how long the end of the lease is waited for.
    expect(kept).toEqual([
      [12, true],
      [988, false],
      [333, false],
      [888, true],
    ])
  })
})
