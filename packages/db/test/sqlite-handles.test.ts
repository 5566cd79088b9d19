import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { BusyWait } from "../src/engines/sqlite/busy-wait.ts"
import { SqliteHandles } from "../src/engines/sqlite/sqlite-handles.ts"

test("a database of which no reader could be opened is opened anew, with one", () => {
  const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const options = {
    filename: join(directory, "app.db"),
    client: undefined,
    durability: "file",
    readers: 1,
    busyTimeout: 100,
    acquireTimeout: 100,
    statementCache: 10,
  } as const
  const handles = new SqliteHandles(options, new BusyWait(100))
  // As when the process may open no more files.
  vi.spyOn(handles, "openReader").mockImplementationOnce(() => {
    throw Object.assign(new Error("unable to open database file"), { code: "SQLITE_CANTOPEN" })
  })
  expect(() => handles.openNow()).toThrow("unable to open database file")
  expect(handles.writer).toBeUndefined()
  handles.openNow()
  expect(handles.readable("select 1")).toBeDefined()
  handles.close()
})
