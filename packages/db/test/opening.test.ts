import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { driverError } from "../src/engines/server/driver-error.ts"
import { DatabaseStorage } from "../src/index.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "persist-db-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe("a driver that is not installed", () => {
  test("names the command that installs it", async () => {
    const cause = await import("no-such-driver" as string).catch((error: unknown) => error)
    const missing = {
      code: "ERR_PERSIST_MISSING_DRIVER",
      message: expect.stringContaining("npm install no-such-driver"),
    }
    expect(driverError("no-such-driver", cause)).toMatchObject(missing)
    // What webpack makes of an import that it could not follow.
    const bundled = Object.assign(new Error("Cannot find module 'no-such-driver'"), {
      code: "MODULE_NOT_FOUND",
    })
    expect(driverError("no-such-driver", bundled)).toMatchObject(missing)
    expect(driverError("another-driver", cause)).toBe(cause)
  })
})

describe("a new DatabaseStorage", () => {
  test.each([
    [{ conection: "x" }],
    [{ connection: "oracle://x" }],
    [{ connection: "postgres://a b" }],
    [{ connection: "file://app.db" }],
    [{ connection: "file:///app%2Fother.db" }],
    [{ client: {} }],
    [{ readers: -1 }],
    [{ busyTimeout: "soon" }],
    [{ durability: "some" }],
    [{ engine: "mysql", connection: "sqlite::memory:" }],
  ])("refuses the options %j", (options) => {
    expect(() => new DatabaseStorage(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  })

  test("reads a file that it may not write", async () => {
    const path = join(directory, "read-only.db")
    const writing = new Database(path)
    writing.exec("create table t (n integer); insert into t values (1)")
    writing.close()
    chmodSync(path, 0o444)
    chmodSync(directory, 0o555)
    // The administrator may write everywhere.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid!("nobody")
    try {
      await using other = new DatabaseStorage(`sqlite:${path}`)
      const rows = async () => (await other.executeSql("select n from t")).rows
      expect(await rows()).toEqual([{ n: 1 }])
      expect(await other.getSession(rows, { readOnly: true })).toEqual([{ n: 1 }])
      await expect(other.executeSql("insert into t values (2)")).rejects.toMatchObject({
        code: "ERR_PERSIST_IO",
        message: expect.stringContaining("readonly"),
      })
      expect(await rows()).toEqual([{ n: 1 }])
    } finally {
      if (isRoot) process.seteuid!(0)
      chmodSync(directory, 0o700)
    }
  })

  test("says why a file cannot be opened", async () => {
    writeFileSync(join(directory, "text.db"), "not a database at all, but long enough".repeat(40))
    const other = new DatabaseStorage(`sqlite:${join(directory, "text.db")}`)
    await expect(other.executeSql("select 1")).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
    })
    await other.close()
    const folder = new DatabaseStorage(`sqlite:${directory}`)
    await expect(folder.executeSql("select 1")).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    await folder.close()
  })
})

test("closing does not fail because another process is writing", async () => {
  const path = join(directory, "busy-close.db")
  const closing = new DatabaseStorage(`sqlite:${path}`)
  await closing.executeSql("create table t (a int); create index t_a on t (a)")
  await closing.executeSql("insert into t select value from json_each(:list)", {
    list: JSON.stringify(Array.from({ length: 500 }, (_, index) => index)),
  })
  await closing.executeSql("select * from t where a > 5")
  const other = new Database(path)
  other.exec("begin immediate")
  try {
    await closing.close()
  } finally {
    other.close()
  }
  await expect(closing.executeSql("select 1")).rejects.toMatchObject({
    code: "ERR_PERSIST_CLOSED",
  })
})
