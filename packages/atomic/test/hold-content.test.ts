import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { writeFileAtomic } from "../src/index.ts"
import { nextTurn } from "../src/waiting.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem } from "./support/interfering-file-system.ts"

/** Counts the descriptors that are open, and those that a thread closed. */
function counting(kind: number) {
  const counts = { open: 0, most: 0, inThread: 0 }
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name === "kindSync") return () => kind
    if (name === "openSync") counts.most = Math.max(counts.most, ++counts.open)
    if (name === "closeSync" || name === "close") counts.open--
    if (name === "close") counts.inThread++
    return undefined
  })
  return { counts, fileSystem }
}

const ext4 = 0xef53
const nfs = 0x6969

describe("the file that is replaced", () => {
  test("is let go by a thread on a local file system, however small it is", async () => {
    const { counts, fileSystem } = counting(ext4)
    const path = join(temporaryFolder(), "file")
    for (const content of ["old", "new", "newest"])
      await writeFileAtomic(path, content, { fileSystem })
    await nextTurn()
    expect(counts.inThread).toBe(2)
    expect(fs.readFileSync(path, "utf8")).toBe("newest")
  })

  test("is not held on a network, where it would get another name", async () => {
    const { counts, fileSystem } = counting(nfs)
    const path = join(temporaryFolder(), "file")
    for (const content of ["old", "new", "newest"])
      await writeFileAtomic(path, content, { fileSystem })
    await nextTurn()
    expect(counts.inThread).toBe(0)
  })

  test("does not stay open when many large ones are replaced in one turn of the event loop", async () => {
    const { counts, fileSystem } = counting(ext4)
    const path = join(temporaryFolder(), "file")
    const content = Buffer.alloc(300_000)
    for (let count = 0; count < 60; count++) {
      await writeFileAtomic(path, content, { fileSystem, durability: "none" })
    }
    expect(counts.most).toBeLessThan(15)
    expect(counts.inThread).toBeGreaterThan(45)
  })
})
