import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonicalPath, keyOfCanonicalPath, literalPath } from "../../src/keys/key-path.ts"
import { decodeSegment, encodeSegment } from "../../src/keys/segment.ts"

const segment = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    // Lone surrogates are strings too.
    fc
      .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 1, maxLength: 6 })
      .map((units) => String.fromCharCode(...units)),
    fc.stringMatching(/^[a-cA-C.+% ~:]{1,8}$/),
    fc.constantFrom(
      "con",
      "NUL",
      "com1",
      "COM1.txt",
      "aux.json",
      "a.",
      "a ",
      ".a",
      "%41",
      "A+1",
      "+long",
      ".persist",
      ".PERSIST",
    ),
  )
  .map((text) => text.replaceAll(/[/\0]/g, "x"))
  .filter((text) => text !== "." && text !== "..")
const key = fc
  .array(segment, { minLength: 1, maxLength: 4, size: "max" })
  .map((segments) => segments.join("/"))

/** What a careless file system makes of a name: case folded, normalised, trailing dots and spaces cut. */
function careless(path: string): string {
  return path
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC")
    .split("/")
    .map((name) => name.replace(/[. ]+$/, ""))
    .join("/")
}

describe("encodeSegment", () => {
  test("is reversed by decodeSegment", () => {
    fc.assert(
      fc.property(segment, (text) => {
        expect(decodeSegment(encodeSegment(text))).toBe(text)
      }),
      { numRuns: 3000 },
    )
  })

  test("makes names that every file system takes", () => {
    fc.assert(
      fc.property(segment, (text) => {
        const name = encodeSegment(text)
        expect(name).not.toMatch(/[<>:"/\\|?*]|^[. ]|[. ]$|\p{Cc}/u)
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        expect(name).not.toMatch(/\.[a-z]/i)
        expect(name.normalize("NFC")).toBe(name)
        expect(name.normalize("NFD")).toBe(name)
      }),
      { numRuns: 3000 },
    )
  })

  test("keeps the usual readable", () => {
    expect(encodeSegment("game1")).toBe("game1")
    expect(encodeSegment("v1.2")).toBe("v1.2")
    expect(encodeSegment("my save")).toBe("my save")
    expect(encodeSegment("MySave")).toBe("MySave+5")
    expect(encodeSegment("app.config")).toBe("app%2econfig")
    expect(encodeSegment("con")).toBe("%63on")
    expect(encodeSegment("a:b")).toBe("a%3ab")
    expect(encodeSegment("状态")).toBe("状态")
    expect(encodeSegment("\ud800")).toBe("%ud800")
  })
})

describe("decodeSegment", () => {
  test("gives nothing for a name that encodeSegment does not make", () => {
    for (const name of [
      "MySave",
      "mysave+5",
      "%41",
      "%zz",
      "%",
      "a%2E",
      "con",
      "a.",
      "+",
      "A+11",
      "%ff",
      "%ud83d%ude00",
    ]) {
      expect(decodeSegment(name)).toBeUndefined()
    }
  })
})

describe("canonicalPath", () => {
  test("gives different keys different places, on a careless file system too", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(a !== b)
        expect(careless(canonicalPath(a))).not.toBe(careless(canonicalPath(b)))
      }),
      { numRuns: 3000 },
    )
  })

  test("tells apart keys that differ only in case or form", () => {
    const keys = [
      "readme",
      "Readme",
      "README",
      "readmE",
      "\u00e9",
      "e\u0301",
      "\u00c9",
      "\u212a",
      "k",
      "K",
      "ß",
      "ss",
      "ſ",
      "s",
      "\ufb01",
      "fi",
      "ｆ",
      "f",
      "İ",
      "i",
      "ı",
      "σ",
      "ς",
      "Σ",
      "が",
      "か\u3099",
    ]
    expect(new Set(keys.map((one) => careless(canonicalPath(one)))).size).toBe(keys.length)
  })

  test("is reversed by keyOfCanonicalPath where the key fits a path", () => {
    fc.assert(
      fc.property(key, (text) => {
        const path = canonicalPath(text)
        fc.pre(!path.startsWith("+long/"))
        expect(keyOfCanonicalPath(path)).toBe(text)
      }),
      { numRuns: 3000 },
    )
  })

  test("never leaves the root, nor enters the storage's own folder", () => {
    fc.assert(
      fc.property(key, (text) => {
        const names = canonicalPath(text).split("/")
        expect(names).not.toContain("..")
        expect(names).not.toContain(".")
        expect(names).not.toContain("")
        expect(names[0]!.toLowerCase()).not.toBe(".persist")
      }),
    )
  })

  test("stays short for long keys", () => {
    for (const text of [
      "x".repeat(1000),
      "Ü".repeat(1000),
      `${"a/".repeat(2000)}b`,
      `${"😀/".repeat(500)}x`,
    ]) {
      expect(canonicalPath(text).length).toBeLessThanOrEqual(800)
      for (const name of canonicalPath(text).split("/"))
        expect(name.length).toBeLessThanOrEqual(180)
    }
    expect(canonicalPath("x".repeat(1000))).not.toBe(canonicalPath(`${"x".repeat(999)}y`))
  })
})

describe("literalPath", () => {
  test("is never another key's canonical path", () => {
    fc.assert(
      fc.property(key, (text) => {
        const path = literalPath(text)
        fc.pre(path !== undefined)
        expect(path).toBe(text)
        expect(canonicalPath(text)).not.toBe(path)
      }),
      { numRuns: 2000 },
    )
  })
})
