import { mkdtempSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { sqliteDriverError } from "../src/engines/sqlite/sqlite-driver-error.ts"

function failureOf(load: () => unknown): unknown {
  try {
    return load()
  } catch (error) {
    return error
  }
}

test("SQLite's driver that is not there, or is made for another platform, is told with what to do", () => {
  const folder = mkdtempSync(join(tmpdir(), "persist-driver-"))
  const library = join(folder, "better_sqlite3.node")
  writeFileSync(library, "no library")
  const load = createRequire(import.meta.url)
  for (const name of [join(folder, "better-sqlite3"), library]) {
    const cause = failureOf(() => load(name))
    const error = sqliteDriverError(cause)
    expect(error).toMatchObject({ code: "ERR_PERSIST_MISSING_DRIVER", cause })
    expect(error?.message).toContain("npm install better-sqlite3")
    expect(error?.message).not.toContain("\n")
  }
  expect(sqliteDriverError(new Error("disk full"))).toBeUndefined()
})
