import assert from "node:assert/strict"
import { PersistError } from "@persist/atomic"
import type { Storage } from "../../storage/storage.ts"
import type { Checks } from "../check.ts"
import { isLinearizable, type Observed } from "../linearizable.ts"
import { Random } from "../random.ts"

type Value = number | undefined

/** Starts one random operation on the key; resolves with what it did to a register, and what it saw. */
function start(
  storage: Storage,
  random: Random,
  unique: number,
): Promise<Observed<Value>["apply"]> {
  switch (random.below(5)) {
    case 0:
      return storage.save("key", unique).then(() => () => ({ fits: true, next: unique }))
    case 1:
      return storage
        .load<number>("key")
        .then((seen) => (state) => ({ fits: state === seen, next: state }))
    case 2:
      return storage.delete("key").then((existed) => (state) => ({
        fits: existed === (state !== undefined),
        next: undefined,
      }))
    case 3: {
      let seen: Value
      return storage
        .update<number>("key", (current) => {
          seen = current
          return unique
        })
        .then(() => (state) => ({ fits: state === seen, next: unique }))
    }
    default:
      return storage.save("key", unique, { ifRevision: null }).then(
        () => (state) => ({ fits: state === undefined, next: unique }),
        (error: unknown) => {
          if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
          return (state) => ({ fits: state !== undefined, next: state })
        },
      )
  }
}

/** Operations at once on one key behave as if they had come one after another. */
export function linearizabilityChecks(checks: Checks): void {
  const { check, target } = checks
  const { seed = 1 } = target
  checks.group("linearizability", () => {
    check(`operations at once have an order, seed ${seed}`, async ({ storage, reopen }) => {
      const random = new Random(seed)
      const handles = storage.supports.multiProcess ? [storage, await reopen()] : [storage]
      let unique = 0
      for (let round = 0; round < 30; round++) {
        await storage.delete("key")
        let time = 0
        const running = Array.from({ length: 3 }, async () => {
          const observed: Observed<Value>[] = []
          for (let count = 0; count < 3; count++) {
            const began = time++
            const apply = await start(random.pick(handles), random, ++unique)
            observed.push({ began, ended: time++, apply })
          }
          return observed
        })
        const observed = (await Promise.all(running)).flat()
        assert.ok(
          isLinearizable<Value>(observed, undefined),
          `round ${round}: no order explains it`,
        )
      }
    })
  })
}
