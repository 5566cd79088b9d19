import { parseArgs } from "node:util"
import { missingRedis, startRedis } from "../../packages/redis/test/support/redis-process.ts"
import { report } from "../report.ts"
import { deadlineComparison, replicaComparison } from "./guarantees.ts"
import { listingComparison } from "./listing.ts"
import { loadComparison } from "./loads.ts"
import { nearCacheComparison } from "./near-cache.ts"
import { saveComparisons } from "./saves.ts"
import { openSubjects, payload } from "./subjects.ts"
import { updateComparison } from "./updates.ts"

// Everything runs 1,000 operations in flight over loopback, on a server of the benchmark's own.
const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } }, strict: false })
const seed = Number(values.seed)
if (missingRedis !== undefined) {
  console.error(missingRedis)
  process.exit(1)
}
await using server = await startRedis()
const subjects = await openSubjects(server.url)
const value = payload(seed)
const comparisons = [
  await loadComparison(subjects, value),
  ...(await saveComparisons(subjects, value)),
  await updateComparison(subjects, value),
  await deadlineComparison(server.url),
  await replicaComparison(server, value),
  await nearCacheComparison(server.url, subjects, value),
  await listingComparison(subjects.ours),
]
await subjects.close()
report(
  {
    area: "redis",
    peers: ["redis", "ioredis", "unstorage", "keyv", "@keyv/redis", "bentocache"],
    payload: "256 bytes of JSON, 1,000 operations in flight, a private server on loopback",
    seed,
  },
  comparisons,
)
