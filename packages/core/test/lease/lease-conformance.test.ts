import { describe, expect, test } from "vitest"
import { leaseConformance } from "../../src/conformance/index.ts"
import type { LeaseStore } from "../../src/index.ts"
import { CollectingRunner } from "../support/collecting-runner.ts"
import { LeaseRecords } from "../support/memory-lease-store.ts"

/** Leases by a clock that is moved; `change` breaks them. */
function target(change: (records: LeaseRecords) => Partial<LeaseRecords> = () => ({})) {
  return {
    name: "leases in memory",
    open() {
      let time = 0
      const records = new LeaseRecords(() => time + performance.now())
      const { acquire, renew, release } = { ...bound(records), ...change(records) }
      const store: LeaseStore = {
        acquire: async (name, nonce, ttl) => acquire(name, nonce, ttl),
        renew: async (...asked) => renew(...asked),
        release: async (...asked) => release(...asked),
      }
      return {
        store,
        async advance(milliseconds: number) {
          time += milliseconds
        },
      }
    },
  }
}

function bound(records: LeaseRecords) {
  return {
    acquire: records.acquire.bind(records),
    renew: records.renew.bind(records),
    release: records.release.bind(records),
  }
}

leaseConformance({ describe, test }, target())

const long = 60_000
const broken: readonly (readonly [string, Parameters<typeof target>[0]])[] = [
  ["grant to everybody", () => ({ acquire: () => ({ token: 1 }) })],
  ["forget tokens on release", (records) => ({ release: (name) => records.forget(name) })],
  [
    "give a repeated request a new token",
    (records) => ({
      acquire(name, nonce, ttl) {
        records.release(name, nonce)
        records.acquire(name, `${nonce} again ${Math.random()}`, 0)
        return records.acquire(name, nonce, ttl)
      },
    }),
  ],
  [
    "let anybody release",
    (records) => ({ release: (name) => records.release(name, records.holder(name)?.nonce ?? "") }),
  ],
  ["never expire", (records) => ({ acquire: (name, nonce) => records.acquire(name, nonce, long) })],
  ["expire at once", (records) => ({ acquire: (name, nonce) => records.acquire(name, nonce, 0) })],
  ["renew for nobody", () => ({ renew: () => false })],
  ["renew for everybody", () => ({ renew: () => true })],
  [
    "take by a renewal",
    (records) => ({ renew: (...asked) => "token" in records.acquire(...asked) }),
  ],
  [
    "give who comes again the old token",
    (records) => {
      const tokens = new Map<string, number>()
      return {
        acquire(name, nonce, ttl) {
          const answer = records.acquire(name, nonce, ttl)
          if (!("token" in answer)) return answer
          const token = tokens.get(nonce) ?? answer.token
          tokens.set(nonce, token)
          return { token }
        },
      }
    },
  ],
  [
    "say that a lease is held as long as it was at first",
    (records) => ({
      acquire(name, nonce, ttl) {
        const answer = records.acquire(name, nonce, ttl)
        return "token" in answer ? answer : { ...answer, heldFor: long }
      },
    }),
  ],
  [
    "release every name that differs in case only",
    (records) => ({
      release(name, nonce) {
        if (records.holder(name)?.nonce !== nonce) return
        for (const like of [name, name.toLowerCase(), name.toUpperCase()]) {
          records.release(like, records.holder(like)?.nonce ?? "")
        }
      },
    }),
  ],
  [
    "release all that one holder has",
    (records) => {
      const names = new Set<string>()
      return {
        acquire(name, nonce, ttl) {
          names.add(name)
          return records.acquire(name, nonce, ttl)
        },
        release(_, nonce) {
          for (const name of names) records.release(name, nonce)
        },
      }
    },
  ],
  [
    "mix up names",
    (records) => ({
      acquire: (name, nonce, ttl) => records.acquire(name.toLowerCase(), nonce, ttl),
    }),
  ],
]

test.each(broken)("notices leases that %s", async (_, change) => {
  const runner = new CollectingRunner()
  leaseConformance(runner, target(change))
  expect(await runner.failures(/./, 1_000)).not.toEqual([])
})
