import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import type { PrivateServer } from "./support/private-server.ts"
import { startPostgres } from "./support/start-postgres.ts"

describe("TableStorage.watch on PostgreSQL", () => {
  let server: PrivateServer | undefined
  beforeAll(async () => {
    server = await startPostgres()
    if (server === undefined)
      console.warn("NOT TESTED: watch on PostgreSQL; apt-get install postgresql")
  })
  afterAll(() => server?.stop())

  test("is told by the server, and looks again after the server was away", async (context) => {
    if (server === undefined) {
      if (process.env.CI) expect.fail("PostgreSQL is missing: apt-get install postgresql")
      context.skip()
      return
    }
    const one = new DatabaseStorage(server.url)
    const other = new DatabaseStorage(server.url)
    const changes = one.storage("watched").watch()[Symbol.asyncIterator]()
    expect((await changes.next()).value).toMatchObject({ type: "gap" })
    const start = performance.now()
    await other.storage("watched").save("a", 1)
    expect((await changes.next()).value).toMatchObject({ type: "save", key: "a" })
    // The look without a notification comes only after ten seconds.
    expect(performance.now() - start).toBeLessThan(8000)
    const later = (async () => {
      const seen: string[] = []
      while (!seen.includes("save b")) {
        const { value } = await changes.next()
        seen.push(`${value!.type} ${value!.key}`)
      }
      return seen
    })()
    await server.kill()
    await server.restart()
    await other.storage("watched").save("b", 2)
    expect(await later).toContain("save b")
    await one.close()
    await other.close()
  })
})
