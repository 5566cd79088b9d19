// Loaded before a program (`node --import`): below FOLDED_ROOT, the file system finds names whatever their case and
// Unicode form, and keeps the spelling that they were made with, as those of macOS and Windows do. With FOLDED_CASE=kept
// it tells case apart, as one of macOS may.
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join, sep } from "node:path"

type Call = (...values: unknown[]) => unknown
type Calls = Record<string, Call>

const root = process.env.FOLDED_ROOT!
const namesIn = fs.readdirSync

function fold(name: string): string {
  const normalized = name.normalize("NFC")
  return process.env.FOLDED_CASE === "kept" ? normalized : normalized.toLowerCase()
}

function asMade(path: unknown): unknown {
  if (typeof path !== "string" || !path.startsWith(root + sep)) return path
  let found = root
  for (const part of path.slice(root.length + 1).split(sep)) {
    const names = listed(found)
    const name = names.includes(part) ? part : names.find((one) => fold(one) === fold(part))
    found = join(found, name ?? part)
  }
  return found
}

function listed(folder: string): string[] {
  try {
    return namesIn(folder)
  } catch {
    return []
  }
}

function wrap(calls: Calls, names: readonly string[], paths: number): void {
  for (const name of names) {
    const call = calls[name]!
    calls[name] = Object.assign(
      (...values: unknown[]) =>
        call(...values.map((value, index) => (index < paths ? asMade(value) : value))),
      call,
    )
  }
}

const ofOnePath = "openSync lstatSync statSync readdirSync mkdirSync unlinkSync utimesSync"
wrap(fs as unknown as Calls, ofOnePath.split(" "), 1)
wrap(fs as unknown as Calls, ["renameSync", "linkSync", "rename"], 2)
wrap(fs.promises as unknown as Calls, ["opendir", "readdir"], 1)
wrap(fs.realpathSync as unknown as Calls, ["native"], 1)
syncBuiltinESMExports()
