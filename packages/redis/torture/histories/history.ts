import { setTimeout as delay, setImmediate } from "node:timers/promises"
import type { Change } from "@persist/core"
import { RedisStorage } from "../../src/index.ts"
import { inTime } from "../../test/support/in-time.ts"
import { opened } from "../../test/support/opened.ts"
import { until } from "../../test/support/until.ts"
import { FaultyProxy, noFaults, type Pick } from "./faulty-proxy.ts"
import { judgeOrder, judgeVersions, judgeWatch } from "./judge.ts"
import { contendForLease } from "./leases.ts"
import { load, type Place, startOne } from "./operations.ts"
import { planBy } from "./plan.ts"
import { HistoryRecord } from "./record.ts"

/** What came of a history. */
export interface HistoryReport {
  readonly operations: number
  readonly faults: number
  /** What nothing explains; empty when all is well. */
  readonly problems: readonly string[]
}

/**
 * Lets several storages do random things on a few keys through a faulty proxy, then looks whether any order of their
 * operations explains what each has seen: those that failed may have happened, or not.
 */
export async function runHistory(prefix: string, port: number, pick: Pick): Promise<HistoryReport> {
  const plan = planBy(pick)
  const record = new HistoryRecord(plan, pick)
  await using proxy = await FaultyProxy.start(port, pick)
  const keep = { versions: plan.versions, backups: Number.POSITIVE_INFINITY }
  const url = `redis://127.0.0.1:${proxy.port}`
  const storages = Array.from(
    { length: plan.storages },
    () => new RedisStorage({ url, prefix, timeout: plan.timeout, keep }),
  )
  await Promise.all(storages.map(opened))
  const end = new AbortController()
  const seen: Change[][] = storages.map(() => [])
  const watching = storages.map(async (storage, index) => {
    for await (const change of storage.watch({ signal: end.signal })) seen[index]!.push(change)
  })
  await using fresh = new RedisStorage({ url: `redis://127.0.0.1:${port}`, prefix })
  const all = (key: string) => seen.every((changes) => changes.some((change) => change.key === key))
  await until("the watches have begun", async () => {
    await fresh.save("begin", 1)
    return all("begin")
  })
  for (const changes of seen) changes.length = 0

  const later: Place["later"] = []
  proxy.faults = plan.faults
  const asked = storages.map((storage, index) => askAtRandom(record, storage, index, later))
  await Promise.all([...asked, contendForLease(record, storages)])
  proxy.faults = noFaults
  // What is still held somewhere would come now.
  await delay(plan.faults.longest * 2 + 50)

  for (const key of record.operations.keys()) {
    await load({ record, storage: fresh, index: storages.length, key, later })
  }
  for (const look of later) await look(fresh)
  await fresh.save("end", 1)
  await until("the watches see the end", () => all("end"))
  judgeOrder(record)
  await judgeVersions(record, fresh)
  for (const changes of seen) await judgeWatch(record, changes, fresh)
  end.abort()
  await Promise.all(watching)
  const closing = storages.map((storage) => storage.close())
  await inTime(10_000, "closing", Promise.all(closing))
  const operations = [...record.operations.values()].reduce((sum, { length }) => sum + length, 0)
  return { operations, faults: proxy.count, problems: record.problems }
}

/** Several things at once, again and again; sometimes the next ones before these have ended. */
async function askAtRandom(
  record: HistoryRecord,
  storage: RedisStorage,
  index: number,
  later: Place["later"],
): Promise<void> {
  const { pick, plan } = record
  const all: Promise<void>[] = []
  for (let round = 0; round < plan.rounds; round++) {
    const running: Promise<void>[] = []
    for (let count = 1 + pick(6); count > 0; count--) {
      const key = `k${pick(plan.keys)}`
      running.push(startOne({ record, storage, index, key, later }))
      if (pick(3) === 0) await setImmediate()
    }
    all.push(...running)
    await (pick(4) === 0 ? running[pick(running.length)] : Promise.all(running))
  }
  await Promise.all(all)
}
