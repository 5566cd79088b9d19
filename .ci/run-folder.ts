import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { livenessOfMaker, makerName } from "../packages/atomic/src/makers.ts"

const prefix = "persist-run-"
/** A folder in it, named after the process whose run it is. */
const mark = "of-"
const variables = ["TMPDIR", "TEMP", "TMP"] as const

/**
 * Gives this process, and those that it starts from now on, a folder of their own for temporary files, and removes
 * what killed runs have left, with what is mounted there. Vitest calls it before the tests, and what it gives after them.
 */
export default function runFolder(): () => void {
  for (const folder of forgottenRuns(tmpdir())) remove(folder)
  const folder = mkdtempSync(join(tmpdir(), prefix))
  mkdirSync(join(folder, `${mark}${makerName()}`))
  // Servers of the tests run as another user, and have temporary files too.
  chmodSync(folder, 0o1777)
  const before = variables.map((name) => [name, process.env[name]] as const)
  for (const name of variables) process.env[name] = folder
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    remove(folder)
  }
}

/** The folders of this user's runs whose process is dead. */
export function forgottenRuns(parent: string): string[] {
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(parent, name))
    .filter(isForgotten)
}

function isForgotten(folder: string): boolean {
  try {
    const about = lstatSync(folder)
    // Root could remove what is another user's, and a link leads to what is no run's.
    if (!about.isDirectory() || about.uid !== (process.getuid?.() ?? about.uid)) return false
    const name = readdirSync(folder).find((entry) => entry.startsWith(mark))
    // It was killed, or is just about to make the mark.
    if (name === undefined) return Date.now() - about.mtimeMs > 3_600_000
    return livenessOfMaker(name.slice(mark.length), join(folder, name)) === "dead"
  } catch {
    // Another run has removed it.
    return false
  }
}

function remove(folder: string): void {
  for (const mounted of mountedIn(folder)) spawnSync("umount", ["-l", mounted])
  // What is mounted there still may be a folder of somebody else.
  if (mountedIn(folder).length > 0) return
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // Somebody writes there still; a later run finds it.
  }
}

/** What is mounted in a folder, the innermost first. */
function mountedIn(folder: string): string[] {
  if (process.platform !== "linux") return []
  if (!existsSync(folder)) return []
  const real = `${realpathSync(folder)}/`
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => unescaped(line.split(" ")[1] ?? ""))
    .filter((path) => path.startsWith(real))
    .sort()
    .reverse()
}

/** White space in a path is written as the number of its character. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
