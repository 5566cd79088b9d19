import { expect, test } from "vitest"
import { conformanceSuites } from "../conformance/suites.ts"
import { backendsIn, conformanceTable, type Report } from "../conformance/table.ts"

function reports(
  target: string,
  ...rows: readonly (readonly [string, Report["outcome"], string?])[]
) {
  return rows.map(([group, outcome, absent], index): Report => {
    return { target, group, check: `${index}`, outcome, ...(absent && { absent }) }
  })
}

test("makes a row of each group, a column of each backend, and hides no failure", () => {
  const table = conformanceTable([
    ...reports("A", ["keys", "kept"], ["keys", "kept"], ["ttl", "refused", "supports.ttl"]),
    ...reports("B", ["keys", "kept"], ["keys", "failed"], ["ttl", "kept"]),
    ...reports("B", ["ttl", "refused", "supports.sync"], ["faults", "left out", "faults"]),
  ])
  expect(table.split("\n")).toEqual([
    "|  | A | B |",
    "| --- | --- | --- |",
    "| keys | 2 | **1 of 2 failed** |",
    "| ttl | no ttl | 1 (no sync) |",
    "| faults | not run | no faults |",
    "| **all** | **2** | **1 failed** |",
  ])
  expect(backendsIn(`Text.\n\n${table}\n`)).toEqual(["A", "B"])
})

test("finds suites that a test calls by a file beside it", () => {
  const db = conformanceSuites().find(({ directory }) => directory.endsWith("db"))
  expect(db?.files).toEqual(
    expect.arrayContaining(["test/table-storage-postgres.test.ts", "test/table-storage.test.ts"]),
  )
})

test("finds the suites of packages and examples", () => {
  const folders = conformanceSuites().map(({ directory }) => directory.replace(/^.*[\\/]/, ""))
  expect(folders).toEqual(expect.arrayContaining(["custom-backend", "db", "file"]))
  expect(folders).not.toContain("core")
  for (const { files, config } of conformanceSuites()) {
    expect(files.length).toBeGreaterThan(0)
    expect(config).toMatch(/vitest\.config\.ts$/)
  }
})
