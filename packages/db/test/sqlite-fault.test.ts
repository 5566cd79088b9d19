import { expect, test } from "vitest"
import { isBusy, sqliteFault } from "../src/engines/sqlite/sqlite-fault.ts"

test("a lock that SQLite itself has tried for long is told as busy, and not waited for once more", () => {
  const error = Object.assign(new Error("locking protocol"), { code: "SQLITE_PROTOCOL" })
  expect(sqliteFault(error)).toMatchObject({
    code: "ERR_PERSIST_BUSY",
    what: expect.stringContaining("(locking protocol)"),
  })
  expect(isBusy(error)).toBe(false)
})
