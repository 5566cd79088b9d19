import assert from "node:assert/strict"
import { setTimeout as delay } from "node:timers/promises"
import type { LeaseGrant, LeaseRefusal, LeaseStore } from "../../lease/lease-store.ts"
import { withLease } from "../../lease/with-lease.ts"
import { hostileKeys } from "../hostile-keys.ts"
import type { ConformanceRunner } from "../target.ts"
import type { LeaseTarget, OpenLeases } from "./lease-target.ts"

type Opened = Required<Pick<OpenLeases, "store" | "other" | "advance">>

const long = 20_000

/**
 * Registers the contract of `LeaseStore` as tests with any runner: one holder at a time, tokens that only rise,
 * repeated requests that are recognised, and nothing that a former holder can do to the next one.
 */
export function leaseConformance(runner: ConformanceRunner, target: LeaseTarget): void {
  const check = (name: string, body: (opened: Opened) => Promise<void>) => {
    runner.test(name, async () => {
      const opened = await target.open()
      const { store } = opened
      const advance =
        opened.advance?.bind(opened) ?? ((milliseconds: number) => delay(milliseconds))
      try {
        await body({ store, other: opened.other ?? store, advance })
      } finally {
        await opened.close?.()
      }
    })
  }

  runner.describe(`${target.name} keep the lease contract`, () => {
    check("grants to one, and tells the others for how long", async ({ store, other }) => {
      const token = granted(await store.acquire("lease", "a", long))
      assert.ok(Number.isSafeInteger(token) && token >= 0)
      for (const handle of [store, other]) {
        const heldFor = refused(await handle.acquire("lease", "b", long))
        assert.ok(heldFor > long / 2 && heldFor <= long, `held for ${heldFor} ms`)
      }
    })

    check("gives the same nonce the same token again", async ({ store, other }) => {
      const token = granted(await store.acquire("lease", "a", long))
      assert.equal(granted(await store.acquire("lease", "a", long)), token)
      assert.equal(granted(await other.acquire("lease", "a", long)), token)
      assert.equal(await other.renew("lease", "a", long), true)
      assert.equal(granted(await store.acquire("lease", "a", long)), token)
    })

    check("gives every next holder a higher token", async ({ store, other }) => {
      let last = -1
      for (let round = 0; round < 20; round++) {
        const handle = round % 2 ? store : other
        // Who comes again after others is another holder.
        const nonce = `nonce-${round % 7}`
        const token = granted(await handle.acquire("lease", nonce, long))
        assert.ok(token > last, `${token} after ${last}`)
        last = token
        await handle.release("lease", nonce)
      }
    })

    check("frees on release, for its holder only", async ({ store, other }) => {
      await store.acquire("lease", "a", long)
      await other.release("lease", "b")
      refused(await other.acquire("lease", "b", long))
      await store.release("lease", "a")
      await store.release("lease", "a")
      granted(await other.acquire("lease", "b", long))
      await store.release("lease", "a")
      refused(await store.acquire("lease", "a", long))
      await store.release("never acquired", "a")
    })

    check("lets a lease expire, not before its time", async ({ store, other, advance }) => {
      const first = granted(await store.acquire("lease", "a", 1_500))
      refused(await other.acquire("lease", "b", long))
      await advance(1_600)
      const second = granted(await other.acquire("lease", "b", long))
      assert.ok(second > first)
      assert.equal(await store.renew("lease", "a", long), false)
      await store.release("lease", "a")
      refused(await store.acquire("lease", "a", long))
      assert.equal(await other.renew("lease", "b", long), true)
    })

    check("begins the time anew with a renewal and a repeated request", async (opened) => {
      const { store, other, advance } = opened
      await store.acquire("renewed", "a", 3_000)
      await store.acquire("repeated", "a", 3_000)
      await advance(2_000)
      const heldFor = refused(await other.acquire("renewed", "b", long))
      assert.ok(heldFor <= 1_000, `held for ${heldFor} ms, when 1,000 are left at most`)
      assert.equal(await store.renew("renewed", "a", 3_000), true)
      granted(await store.acquire("repeated", "a", 3_000))
      await advance(2_000)
      refused(await other.acquire("renewed", "b", long))
      refused(await other.acquire("repeated", "b", long))
    })

    check("renews for the holder only, and takes nothing by it", async ({ store, advance }) => {
      assert.equal(await store.renew("lease", "a", long), false)
      await store.acquire("lease", "a", 300)
      assert.equal(await store.renew("lease", "b", long), false)
      await advance(400)
      assert.equal(await store.renew("lease", "a", long), false)
      granted(await store.acquire("lease", "b", long))
      await store.release("lease", "b")
      assert.equal(await store.renew("lease", "b", long), false)
      granted(await store.acquire("lease", "c", long))
    })

    check("grants to exactly one of many at once", async ({ store, other }) => {
      for (let round = 0; round < 5; round++) {
        const nonces = Array.from({ length: 16 }, (_, index) => `${round}-${index}`)
        const answers = await Promise.all(
          nonces.map((nonce, index) => (index % 2 ? store : other).acquire("lease", nonce, long)),
        )
        const winners = nonces.filter((_, index) => "token" in answers[index]!)
        assert.equal(winners.length, 1)
        await store.release("lease", winners[0]!)
      }
    })

    check("grants what has expired to exactly one of many at once", async (opened) => {
      const { store, other, advance } = opened
      for (let round = 0; round < 3; round++) {
        const nonces = Array.from({ length: 12 }, (_, index) => `${round}-${index}`)
        await store.acquire("lease", "late", 300)
        await advance(400)
        const answers = await Promise.all(
          nonces.map((nonce, index) => (index % 2 ? store : other).acquire("lease", nonce, long)),
        )
        const winners = nonces.filter((_, index) => "token" in answers[index]!)
        assert.equal(winners.length, 1)
        assert.equal(await store.renew("lease", "late", long), false)
        await store.release("lease", winners[0]!)
      }
    })

    check("keeps names apart", async ({ store }) => {
      const names = [...new Set(hostileKeys)]
      for (const [index, name] of names.entries()) {
        granted(await store.acquire(name, `nonce-${index}`, long))
      }
      for (const name of names) refused(await store.acquire(name, "other", long))
      const isFreed = (index: number) => index % 3 === 0
      for (const [index, name] of names.entries()) {
        if (isFreed(index)) await store.release(name, `nonce-${index}`)
        else assert.equal(await store.renew(name, `nonce-${index}`, long), true)
      }
      for (const [index, name] of names.entries()) {
        const answer = await store.acquire(name, "other", long)
        assert.equal("token" in answer, isFreed(index), `of ${JSON.stringify(name)}`)
      }
    })

    check("releases no other lease of the same holder", async ({ store, other }) => {
      for (const name of ["one", "another"]) granted(await store.acquire(name, "a", long))
      await store.release("one", "a")
      granted(await other.acquire("one", "b", long))
      refused(await other.acquire("another", "b", long))
    })

    check("lets withLease run one after the other", async ({ store, other }) => {
      let counter = 0
      const tokens: number[] = []
      const increment = (handle: LeaseStore) =>
        withLease(handle, "lease", async ({ token }) => {
          tokens.push(token)
          const seen = counter
          await delay(2)
          counter = seen + 1
        })
      const handles = Array.from({ length: 8 }, (_, index) => (index % 2 ? store : other))
      await Promise.all(handles.map(increment))
      assert.equal(counter, 8)
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].toSorted((a, b) => a - b),
      )
    })
  })
}

function granted(answer: LeaseGrant | LeaseRefusal): number {
  if ("token" in answer) return answer.token
  return assert.fail(`refused for ${answer.heldFor} ms, but nobody else held it`)
}

function refused(answer: LeaseGrant | LeaseRefusal): number {
  if (!("token" in answer)) return answer.heldFor
  return assert.fail(`granted with token ${answer.token}, but somebody else held it`)
}
