import { dirname, join, resolve } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { folderOf, under } from "../../src/keys/under.ts"

const seed = 140_001
const name = fc.stringMatching(/^[a-z0-9+_-]{1,8}(\.[a-z]{1,4})?$/)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"))
// As a storage's directory is, on Windows with a drive.
const root = fc.constantFrom("/", "/a", "/data/deep").map((folder) => resolve(folder))

test("paths are put together and taken apart as by node:path", () => {
  fc.assert(
    fc.property(root, path, (root, below) => {
      const whole = under(root, below)
      expect(whole).toBe(join(root, below))
      expect(folderOf(whole)).toBe(dirname(whole))
    }),
    { seed },
  )
})
