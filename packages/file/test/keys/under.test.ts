import { join, resolve } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { under } from "../../src/keys/under.ts"

const seed = 140_001
const name = fc.stringMatching(/^[a-z0-9+_-]{1,8}(\.[a-z]{1,4})?$/)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"))
// As a storage's directory is, on Windows with a drive.
const root = fc.constantFrom("/", "/a", "/data/deep").map((folder) => resolve(folder))

test("paths are put together as by node:path", () => {
  fc.assert(
    fc.property(root, path, (root, below) => {
      expect(under(root, below)).toBe(join(root, below))
    }),
    { seed },
  )
})
