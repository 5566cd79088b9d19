import type { RedisStorage } from "../../packages/redis/dist/index.js"
import { type Comparison, row } from "../measure.ts"

const pageSize = 1000
const limit = 1_000_000

/** A page of 1,000 keys out of 1,000,000; the target is an absolute time of 1 ms. */
export async function listingComparison(ours: RedisStorage): Promise<Comparison> {
  const pages = Array.from({ length: 1_000_000 / pageSize }, (_, index) => `page-${index}`)
  for (const subfolder of pages) {
    await Promise.all(
      Array.from({ length: pageSize }, (_, index) => ours.save(`key-${index}`, 1, { subfolder })),
    )
  }
  const samples: number[] = []
  for (let round = -50; round < 300; round++) {
    const subfolder = pages[((round + 50) * 7919) % pages.length]!
    const start = process.hrtime.bigint()
    const keys = await ours.list({ subfolder })
    const elapsed = Number(process.hrtime.bigint() - start)
    if (keys.length !== pageSize) throw new Error(`The page has ${keys.length} keys.`)
    if (round >= 0) samples.push(elapsed)
  }
  const ourName = `RedisStorage.list of ${pageSize} keys`
  const times = new Map([
    [ourName, samples],
    ["1 ms", samples.map(() => limit)],
  ])
  return {
    title: "a page of 1,000 keys out of 1,000,000",
    rows: [
      row({ name: ourName }, { name: ourName }, times, 1),
      row({ name: "1 ms", target: 1 }, { name: ourName }, times, 1),
    ],
  }
}
