import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "../temporary-folder.ts"

const hasStrace = spawnSync("strace", ["-V"]).status === 0

/** What a save did to the disk, in the order of the system calls. */
function trace(durability: string): string[] {
  const folder = temporaryFolder()
  const directory = join(folder, "data")
  const log = join(folder, "trace")
  const source = new URL("../../dist/index.js", import.meta.url).href
  const code = `import { FileStorage } from ${JSON.stringify(source)}
    import { writeSync } from "node:fs"
    const storage = new FileStorage({ directory: ${JSON.stringify(directory)}, durability: "${durability}" })
    await storage.save("states/game", "old")
    writeSync(1, "begin")
    await storage.save("states/game", "new content")
    writeSync(1, "resolved")
    process.kill(process.pid, "SIGKILL")`
  const calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,unlink"
  const args = [
    "-f",
    "-y",
    "-e",
    calls,
    "-o",
    log,
    process.execPath,
    "--input-type=module",
    "-e",
    code,
  ]
  spawnSync("strace", args)
  const steps = readFileSync(log, "utf8").split("\n").flatMap(stepsIn)
  return steps.slice(steps.indexOf("begin") + 1)
}

let synced = ""

/** What a line of the trace means; an interrupted call counts where it ends. */
function stepsIn(line: string): string[] {
  if (line.includes('"begin"')) return ["begin"]
  if (line.includes('"resolved"')) return ["resolved"]
  if (/<\.\.\. f(data)?sync resumed>/.test(line)) return [`fsync ${synced}`]
  if (!line.includes("/data/")) return []
  if (/ p?write(64)?\(/.test(line)) return line.includes("new content") ? ["write"] : []
  if (/ rename/.test(line)) return ["rename"]
  if (/ link\(/.test(line)) return ["lock"]
  if (/ unlink\(/.test(line)) return line.includes(".lock") ? ["unlock"] : []
  if (!/ f(data)?sync\(/.test(line)) return []
  synced = line.includes("/data/states>") ? "folder" : "file"
  return line.includes("<unfinished") ? [] : [`fsync ${synced}`]
}

describe("the order of system calls of FileStorage.save", () => {
  test("is checked by strace on Linux", (context) => {
    if (hasStrace) return expect(hasStrace).toBe(true)
    const message =
      "strace is missing, so the order of system calls is not checked: apt-get install strace"
    if (process.env.CI && process.platform === "linux") throw new Error(message)
    console.warn(message)
    context.skip(message)
  })

  test.runIf(hasStrace).each([
    ["full", ["write", "fsync file", "lock", "rename", "unlock", "fsync folder", "resolved"]],
    ["file", ["write", "fsync file", "lock", "rename", "unlock", "resolved"]],
    ["none", ["write", "lock", "rename", "unlock", "resolved"]],
  ])("with durability %s is %j", (durability, expected) => {
    expect(trace(durability)).toEqual(expected)
  })
})
