import fs from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { stageFile, writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"

describe("temporaryFolder", () => {
  test("holds the temporary file, and both folders are created", async () => {
    const root = temporaryFolder()
    const path = join(root, "data", "deep", "file")
    const staged = await stageFile(path, "new", { temporaryFolder: join(root, "staging") })
    expect(dirname(staged.temporary)).toBe(join(root, "staging"))
    expect(fs.readdirSync(join(root, "data", "deep"))).toEqual([])
    await staged.commit()
    expect(fs.readFileSync(path, "utf8")).toBe("new")
    expect(fs.readdirSync(join(root, "staging"))).toEqual([])
  })

  test("serves writes that replace, waiting and not", async () => {
    const root = temporaryFolder()
    const path = join(root, "file")
    const options = { temporaryFolder: join(root, "staging") }
    await writeFileAtomic(path, "one", options)
    writeFileAtomicSync(path, "two", options)
    expect(fs.readFileSync(path, "utf8")).toBe("two")
    await expect(writeFileAtomic(path, "x", { temporaryFolder: "" })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })
})
