import fc from "fast-check"
import { tortureOptions } from "../../../.ci/torture-options.ts"
import { checkPolicy, compareWithModel } from "../test/model/compare.ts"
import { runs } from "../test/model/operations.ts"

// node torture/main.ts [--seconds N] [--seed N]: random operations on every policy beside the naive model.
const { seconds = 30, seed: firstSeed } = tortureOptions()
const end = performance.now() + seconds * 1000
let seed = firstSeed
let operations = 0
let rounds = 0
while (performance.now() < end) {
  try {
    fc.assert(
      fc.property(runs(300), (run) => {
        operations += compareWithModel(run) + compareWithModel(run, false)
        for (const policy of ["lru", "s3fifo", "sieve", "tinylfu"] as const) {
          operations += checkPolicy(run, policy, rounds % 2 === 0)
        }
      }),
      { seed, numRuns: 100 },
    )
  } catch (error) {
    console.error(`Failed with --seed ${seed}.`)
    throw error
  }
  seed++
  rounds++
}
console.log(
  `${operations.toLocaleString("en")} operations on 4 policies, no difference; next --seed ${seed}.`,
)
