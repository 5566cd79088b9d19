import { dirname, resolve } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { folderOf } from "../src/files/folder-of.ts"

const seed = 140_001
const part = fc.constantFrom("a", "b.json", ".", "..", "/", "//", " ")

test("the folder of a file is the one that node:path names, or the same", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const path = `/${parts.join("/")}`
      // What begins with two slashes keeps them in node:path, which the system takes for one.
      expect(resolve(folderOf(path))).toBe(resolve(dirname(path)))
      if (!path.startsWith("//")) expect(folderOf(path)).toBe(dirname(path))
    }),
    { seed, numRuns: 1000 },
  )
})
