import assert from "node:assert/strict"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { startRedis } from "../../test/support/redis-process.ts"
import { runHistory } from "./history.ts"

const atOnce = 6

/**
 * Random histories until `isOver`, each with a seed of its own.
 *
 * @returns How many there were. @throws When one of them cannot be explained.
 */
export async function randomHistories(first: number, isOver: () => boolean): Promise<string> {
  await using server = await startRedis()
  let [count, operations, faults] = [0, 0, 0]
  const next = async () => {
    while (!isOver()) {
      const seed = first + count++
      const random = seededRandom(seed)
      const pick = (below: number) => Math.floor(random() * below)
      const report = await runHistory(`h${seed}`, server.port, pick)
      assert.equal(report.problems.join("\n"), "", `history ${seed}`)
      operations += report.operations
      faults += report.faults
    }
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  return `${count} histories of ${operations} operations with ${faults} faults: all can be explained`
}
