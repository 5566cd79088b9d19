import { describe, expect, test } from "vitest"
import { folderPrefix, isFolder, wholeKey } from "../src/storage/key.ts"

describe("wholeKey", () => {
  test.each([
    ["", "it is empty"],
    ["a\0b", "NUL"],
    ["https://b", "is empty; encodeURIComponent makes one segment"],
    ["/a", "a segment between slashes is empty"],
    ["a/", "a segment between slashes is empty"],
    ["..", 'a segment is "." or ".."'],
    ["a/./b", 'a segment is "." or ".."'],
    [5, "it is no string"],
    [undefined, "it is no string"],
  ])("refuses %j and says why", (key, why) => {
    expect(() => wholeKey(key as string, undefined)).toThrow(why)
    if (typeof key === "string")
      expect(() => wholeKey(key, undefined)).toThrow(expect.objectContaining({ key }))
    // An empty subfolder is none.
    if (key !== "") expect(() => wholeKey("a", (key ?? 1) as string)).toThrow("subfolder")
  })

  test("joins", () => {
    expect(wholeKey("a", "b/c")).toBe("b/c/a")
    expect(wholeKey("a", "")).toBe("a")
    expect(wholeKey(".a.", undefined)).toBe(".a.")
    expect(wholeKey("...", "..a")).toBe("..a/...")
    expect([folderPrefix("a"), folderPrefix("")]).toEqual(["a/", ""])
  })

  test("knows the folders that keys can lie in", () => {
    expect(["", "a/", "a/b/", "../", "/", "a//", "./", "a/../"].map(isFolder)).toEqual([
      ...[true, true, true, false, false, false, false, false],
    ])
  })
})
