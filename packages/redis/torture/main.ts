import { tortureOptions } from "../../../.ci/torture-options.ts"
import { incrementTogether } from "../test/support/increment-together.ts"
import { missingRedis, startRedis } from "../test/support/redis-process.ts"
import { faultsOnCluster, faultsOnServer } from "./faults.ts"
import { randomHistories } from "./histories/histories.ts"

// Twenty processes on one key, then faults one after the other, then histories that some order must explain:
// --seconds N, --seed N.
const { seconds = 60, seed } = tortureOptions()
if (missingRedis !== undefined) throw new Error(missingRedis)
console.log(`redis: seed ${seed}`)

const processes = 20
const times = 200
{
  await using server = await startRedis()
  const began = performance.now()
  const count = await incrementTogether(server.url, "count", processes, times)
  if (count !== processes * times)
    throw new Error(`${count} increments instead of ${processes * times}`)
  const took = Math.round(performance.now() - began)
  console.log(`redis: ${processes} processes × ${times} update(): ${count}, in ${took} ms`)
}

let state = seed
/** A linear congruential generator (Numerical Recipes). */
const pick = (count: number) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * count)
}
const overAt = (part: number) => {
  const end = performance.now() + seconds * 1000 * part
  return () => performance.now() > end
}
console.log(`redis: ${await faultsOnServer(pick, overAt(0.4))}`)
console.log(`redis: ${await faultsOnCluster(pick, overAt(0.4))}`)
console.log(`redis: ${await randomHistories(seed, overAt(0.2))}`)
