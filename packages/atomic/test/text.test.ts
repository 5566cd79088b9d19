import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem } from "./support/interfering-file-system.ts"

// Long enough for several pieces, with something at every place where one could end.
const long = 262_144
const texts: readonly (readonly [name: string, text: string])[] = [
  ["nothing", ""],
  ["a short one", "short, ü, 漢, 🙂, \ud800 alone"],
  ["one of several pieces", "abcdefg ".repeat(long / 4)],
  ["accents", "é".repeat(long * 2 + 1)],
  ["three bytes a character", "漢".repeat(long * 2 + 1)],
  ["pairs, the pieces beginning between them", "🙂".repeat(long)],
  ["pairs, the pieces beginning within them", `a${"🙂".repeat(long)}`],
  ["halves of pairs alone", `${"\ud83d".repeat(long)}${"\ude42".repeat(long)}\ud83d`],
  ["more than is written at once", "0123456789ü".repeat(300_000)],
]

describe("text", () => {
  test.each(texts)("is written as UTF-8: %s", async (_name, text) => {
    const folder = temporaryFolder()
    const expected = Buffer.from(text)
    const written = await writeFileAtomic(join(folder, "later"), text, { durability: "none" })
    expect(written.size).toBe(expected.length)
    writeFileAtomicSync(join(folder, "now"), text, { durability: "none" })
    for (const name of ["later", "now"]) {
      expect(fs.readFileSync(join(folder, name)).equals(expected)).toBe(true)
    }
  })

  test("is whole when the kernel takes it in small pieces", async () => {
    const path = join(temporaryFolder(), "file")
    const text = `a${"🙂ü".repeat(200_000)}`
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name !== "writeSync") return
      const [descriptor, bytes, offset, length] = values as [number, Uint8Array, number, number]
      return () => fs.writeSync(descriptor, bytes, offset, Math.min(length, 30_011), null)
    })
    await writeFileAtomic(path, text, { fileSystem })
    expect(fs.readFileSync(path, "utf8")).toBe(text)
  })
})
