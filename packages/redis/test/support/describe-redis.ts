import { describe, expect, test } from "vitest"
import { missingRedis } from "./redis-process.ts"

/** Describes what needs redis-server; where it is missing that is told loudly, and fails on CI. */
export function describeRedis(name: string, body: () => void, missing = missingRedis): void {
  describe(name, () => {
    if (missing === undefined) return body()
    console.warn(`NOT TESTED: ${name}. ${missing}`)
    test.skipIf(!process.env.CI)(`needs a server. ${missing}`, () => {
      expect.fail(missing)
    })
  })
}
