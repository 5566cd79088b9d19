import { describe, expect, test } from "vitest"
import { missingRedis } from "./redis-process.ts"

/** Describes what needs redis-server; where it is missing that is told loudly, and fails on CI. */
export function describeRedis(name: string, body: () => void): void {
  describe(name, () => {
    if (missingRedis === undefined) return body()
    console.warn(`NOT TESTED: ${name}. ${missingRedis}`)
    test.skipIf(!process.env.CI)(`needs a server. ${missingRedis}`, () => {
      expect.fail(missingRedis)
    })
  })
}
