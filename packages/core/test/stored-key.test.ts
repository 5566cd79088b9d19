import fc from "fast-check"
import { expect, test } from "vitest"
import { keyFromStored, storedKey } from "../src/storage/stored-key.ts"

const key = fc.string({
  unit: fc.constantFrom("a", "f", "/", "\ud83d", "\ude00", "\uffff", "\u{10ffff}", "é"),
})

test("a usual key is stored as it is", () => {
  for (const usual of ["a/b", "é", "😀", "\u{10ffff}"]) expect(storedKey(usual)).toBe(usual)
})

test("every key is well-formed when stored, and comes back", () => {
  fc.assert(
    fc.property(key, (any) => {
      expect(storedKey(any).isWellFormed()).toBe(true)
      expect(keyFromStored(storedKey(any))).toBe(any)
    }),
  )
})

test("a key stays in its folder", () => {
  fc.assert(
    fc.property(key, key, (folder, name) => {
      expect(storedKey(`${folder}/${name}`)).toBe(`${storedKey(folder)}/${storedKey(name)}`)
    }),
  )
})
