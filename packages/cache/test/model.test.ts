import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { checkPolicy, compareWithModel } from "./model/compare.ts"
import { runs } from "./model/operations.ts"

const seed = Number(process.env.SEED ?? 20261123)

describe("CacheStorage against a naive model", () => {
  test("LRU has the same contents, order, events, weights and statistics", () => {
    let operations = 0
    fc.assert(
      fc.property(runs(120), (run) => {
        operations += compareWithModel(run) + compareWithModel(run, false)
      }),
      { seed, numRuns: 1_500 },
    )
    expect(operations).toBeGreaterThan(40_000)
  })

  for (const policy of ["lru", "s3fifo", "sieve", "tinylfu"] as const) {
    for (const meddle of [false, true]) {
      const title = meddle ? "while a listener changes it" : "and serves only what was set"
      test(`${policy} keeps its bounds ${title}`, () => {
        let operations = 0
        fc.assert(
          fc.property(runs(120), (run) => {
            operations += checkPolicy(run, policy, meddle)
          }),
          { seed, numRuns: 300 },
        )
        expect(operations).toBeGreaterThan(3_000)
      })
    }
  }
})
