import { spawnSync } from "node:child_process"
import { mkdirSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { temporaryFolder } from "../temporary-folder.ts"

/** What `body` returns, where the file system folds names; the storage is `storage`, its directory `directory`. */
function run(body: string, environment: NodeJS.ProcessEnv = {}): unknown {
  const root = realpathSync(temporaryFolder())
  const source = new URL("../../dist/index.js", import.meta.url).href
  const code = `import { writeFileSync } from "node:fs"
    import { FileStorage } from ${JSON.stringify(source)}
    const directory = ${JSON.stringify(join(root, "data"))}
    const storage = new FileStorage({ directory, durability: "none" })
    const result = await (async () => { ${body} })()
    await storage.close()
    console.log(JSON.stringify(result))`
  mkdirSync(join(root, "data"))
  const fold = new URL("fold-names.ts", import.meta.url).href
  const args = ["--import", fold, "--input-type=module", "-e", code]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, FOLDED_ROOT: root, NODE_NO_WARNINGS: "1", ...environment },
  })
  expect(stderr).toBe("")
  return JSON.parse(stdout)
}

test("keys that differ only in case have values of their own where file systems fold case", () => {
  const seen = run(`
    await storage.save("mysave", "lower")
    const before = [await storage.exists("MySave"), await storage.stat("MySave") ?? null]
    await storage.save("MySave", "mixed")
    await storage.save("MYSAVE", "upper")
    await storage.update("MySave", (value) => value + "!")
    const values = await Promise.all(["mysave", "MySave", "MYSAVE"].map((key) => storage.load(key)))
    await storage.delete("MySave")
    return [before, values, (await storage.list()).sort()]`)
  expect(seen).toEqual([
    [false, null],
    ["lower", "mixed!", "upper"],
    ["MYSAVE", "mysave"],
  ])
})

test("folders of keys that differ only in case are told apart too", () => {
  const seen = run(`
    await storage.save("folder/a", 1)
    await storage.save("folder/B", 2)
    const other = await storage.list({ subfolder: "Folder" })
    await storage.save("Folder/a", 3)
    return [other, await storage.load("folder/a"), await storage.load("Folder/a"),
      await storage.list({ subfolder: "Folder" }), (await storage.list({ subfolder: "folder" })).sort(),
      await storage.load("Folder/b") ?? null, (await storage.list()).sort()]`)
  expect(seen).toEqual([[], 1, 3, ["a"], ["B", "a"], null, ["Folder/a", "folder/B", "folder/a"]])
})

test("a file that was named by hand is the value of that name only, in that Unicode form", () => {
  const seen = run(`
    writeFileSync(directory + "/Äpfel.json", "1")
    const decomposed = "Äpfel".normalize("NFD")
    const found = await Promise.all(["Äpfel", "äpfel", "ÄPFEL", decomposed].map((key) => storage.load(key)))
    await storage.save(decomposed, 2)
    await storage.save("Äpfel", 3)
    return [found.map((value) => value ?? null), await storage.load("Äpfel"), await storage.load(decomposed)]`)
  expect(seen).toEqual([[1, null, null, null], 3, 2])
})

test("a file that was named by hand is not the value of another Unicode form where file systems fold only that", () => {
  const body = `
    writeFileSync(directory + "/Äpfel.json", "1")
    const decomposed = "Äpfel".normalize("NFD")
    const found = await storage.load(decomposed)
    await storage.save(decomposed, 2)
    return [found ?? null, await storage.load("Äpfel"), await storage.load("äpfel") ?? null, await storage.load(decomposed)]`
  expect(run(body, { FOLDED_CASE: "kept" })).toEqual([null, 1, null, 2])
})
