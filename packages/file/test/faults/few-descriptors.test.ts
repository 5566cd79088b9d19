import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"
import { temporaryFolder } from "../temporary-folder.ts"

const isPosix = process.platform !== "win32"

test.runIf(isPosix)("a crowd of calls gets through where the process may open few files", () => {
  const source = new URL("../../dist/index.js", import.meta.url).href
  const code = `import { FileStorage } from ${JSON.stringify(source)}
      const storage = new FileStorage({ directory: process.argv[1] })
      const numbers = Array.from({ length: 80 }, (_, number) => number)
      const key = (number) => "folder" + number % 20 + "/key" + number
      const collect = async (stream) => Buffer.concat(await Array.fromAsync(stream)).toString()
      await Promise.all(numbers.map((number) => storage.save(key(number), number, { version: true })))
      const all = await Promise.all(numbers.flatMap((number) => [
        storage.save("other" + number, number),
        storage.load(key(number)),
        storage.loadStream(key(number)).then(collect),
        storage.list({ subfolder: "folder1" }),
        Array.fromAsync(storage.entries({ subfolder: "folder2" })),
        storage.delete("none"),
      ]))
      console.log(all.length, (await storage.list()).length)
      await storage.close()`
  const script = 'ulimit -n 48 && exec "$0" --input-type=module -e "$1" "$2"'
  const data = join(temporaryFolder(), "data")
  const args = ["-c", script, process.execPath, code, data]
  const { stdout, stderr, status } = spawnSync("sh", args, { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(status).toBe(0)
  expect(stdout.trim()).toBe("480 160")
})

test.runIf(isPosix)("a long key that cannot be read for that reason is not taken for none", () => {
  const built = (name: string) =>
    JSON.stringify(new URL(`../../dist/${name}.js`, import.meta.url).href)
  const code = `import { openSync } from "node:fs"
    import { canonicalPath } from ${built("keys/key-path")}
    import { LongKeys } from ${built("keys/long-keys")}
    const key = "k".repeat(900)
    const path = canonicalPath(key)
    new LongKeys(process.argv[1], () => ({})).keep(key)
    const longKeys = new LongKeys(process.argv[1], () => ({}))
    const codeOf = (run) => { try { return run() } catch (error) { return error.code } }
    while (codeOf(() => openSync("/dev/null")) !== "EMFILE");
    console.log(codeOf(() => longKeys.keyOf(path)))`
  const script = 'ulimit -n 48 && exec "$0" --input-type=module -e "$1" "$2"'
  const args = ["-c", script, process.execPath, code, temporaryFolder()]
  const { stdout, stderr } = spawnSync("sh", args, { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(stdout.trim()).toBe("EMFILE")
})
