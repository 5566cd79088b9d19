import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import type { RedisStorage } from "../../src/index.ts"
import type { HistoryRecord } from "./record.ts"

const allowed = [
  "ERR_PERSIST_LOCK_LOST",
  "ERR_PERSIST_TIMEOUT",
  "ERR_PERSIST_INDETERMINATE",
  "ERR_PERSIST_CONNECTION",
  "ERR_PERSIST_IO",
]

interface Held {
  readonly token: number
  readonly from: number
  till: number
}

/** Lets all storages take one lease in turn: one holder at a time, with tokens that rise. */
export async function contendForLease(
  { pick, problems }: HistoryRecord,
  storages: readonly RedisStorage[],
): Promise<void> {
  const held: Held[] = []
  const hold = async (storage: RedisStorage) => {
    for (let round = 0; round < 3; round++) {
      const work = storage.withLease(
        "lease",
        async ({ token, signal }) => {
          if (signal.aborted) return
          const one: Held = { token, from: performance.now(), till: Number.POSITIVE_INFINITY }
          const end = () => {
            one.till = Math.min(one.till, performance.now())
          }
          held.push(one)
          signal.addEventListener("abort", end)
          for (let turn = 0; turn < 4 && !signal.aborted; turn++) await delay(pick(40))
          end()
        },
        { ttl: 200, timeout: 1_000 },
      )
      await work.catch((error) => {
        if (!PersistError.is(error) || !allowed.includes(error.code))
          problems.push(`lease: ${error}`)
      })
    }
  }
  await Promise.all(storages.map(hold))
  held.sort((one, other) => one.from - other.from)
  for (const [index, next] of held.slice(1).entries()) {
    const { token, till } = held[index]!
    if (next.token <= token) problems.push(`lease: the token ${next.token} follows ${token}`)
    if (next.from < till) problems.push(`lease: ${next.token} begins before ${token} has ended`)
  }
}
