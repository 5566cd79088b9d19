import { spawnSync } from "node:child_process"
import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"

const isInstalled = spawnSync("strace", ["-V"]).status === 0
const mayTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0

describe("the order of system calls", () => {
  test("is checked by strace on Linux", (context) => {
    if (mayTrace) return expect(mayTrace).toBe(true)
    const message = isInstalled
      ? "strace may not trace in this machine or container, so the order of system calls is not checked"
      : "strace is missing, so the order of system calls is not checked: apt-get install strace"
    if (process.env.CI && process.platform === "linux" && !isInstalled) throw new Error(message)
    console.warn(message)
    context.skip(message)
  })

  test.runIf(mayTrace).each([
    ["full", ["write", "fsync file", "rename", "fsync folder", "resolved"]],
    ["file", ["write", "fsync file", "rename", "resolved"]],
    ["none", ["write", "rename", "resolved"]],
  ])(
    "with durability %s is %j",
    (durability, expected) => {
      for (const name of ["writeFileAtomic", "writeFileAtomicSync"]) {
        const folder = temporaryFolder()
        fs.writeFileSync(join(folder, "file"), "old")
        expect(trace(folder, name, durability)).toEqual(expected)
      }
    },
    60_000,
  )
})

function trace(folder: string, name: string, durability: string): string[] {
  const source = new URL("../src/index.ts", import.meta.url).href
  const code = `import { ${name} } from ${JSON.stringify(source)}
    import { writeSync } from "node:fs"
    await ${name}(${JSON.stringify(join(folder, "file"))}, "new content", { durability: "${durability}" })
    writeSync(1, "resolved")`
  const log = join(folder, "..", `${folder.split("/").at(-1)}.trace`)
  try {
    const { status, stderr } = spawnSync("strace", [
      "-f",
      "-y",
      "-e",
      "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2",
      "-o",
      log,
      process.execPath,
      "--input-type=module-typescript",
      "-e",
      code,
    ])
    if (status !== 0) throw new Error(String(stderr))
    return fs
      .readFileSync(log, "utf8")
      .split("\n")
      .flatMap((line) => step(line, folder))
  } finally {
    fs.rmSync(log, { force: true })
  }
}

/** What a line of the trace means: a call that is interrupted counts where it ends. */
function step(line: string, folder: string): string[] {
  if (line.includes('"resolved"')) return ["resolved"]
  if (/<\.\.\. f(data)?sync resumed>/.test(line)) return [`fsync ${lastSync}`]
  if (!line.includes(folder)) return []
  if (/ p?write(64)?\(/.test(line)) return ["write"]
  if (/ rename/.test(line)) return ["rename"]
  if (!/ f(data)?sync\(/.test(line)) return []
  lastSync = line.includes(`<${folder}>`) ? "folder" : "file"
  return line.includes("<unfinished") ? [] : [`fsync ${lastSync}`]
}

let lastSync = ""
