import { appendFile } from "node:fs/promises"
import { afterAll, expect, test } from "vitest"
import { JournalStorage } from "../src/journal-storage.ts"
import { newPath, removeJournals } from "./new-path.ts"

afterAll(removeJournals)

test("what is saved after a line that was cut off by a death is there", async () => {
  const path = newPath()
  await using first = new JournalStorage(path)
  await first.save("a", 1)
  await appendFile(path, '{"key":"b","value":{"format":".js')
  await using second = new JournalStorage(path)
  expect(await second.list()).toEqual(["a"])
  await second.save("c", 3)
  await second.delete("a")
  await using third = new JournalStorage(path)
  expect(await third.list()).toEqual(["c"])
  expect(await third.load("c")).toBe(3)
})
