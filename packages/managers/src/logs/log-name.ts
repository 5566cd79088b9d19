import { readdir } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { PersistError } from "@persist/core"
import { parseSegment } from "./segment-name.ts"

/** Bytes of a file name, on every usual file system. */
const longest = 255

/** The folder of the log `name` below `root`. @throws `ERR_PERSIST_INVALID_KEY` */
export function logPath(root: string, name: string): string {
  checkName(name)
  const folders = name.split("/").map(encodeSegment)
  const long = folders.find((folder) => Buffer.byteLength(folder) > longest)
  if (long === undefined) return join(root, ...folders)
  throw new PersistError(
    "ERR_PERSIST_INVALID_KEY",
    `The log name ${JSON.stringify(name.slice(0, 40))}… is too long for a folder (${long.length} of ${longest} bytes); give a shorter one.`,
    { key: name },
  )
}

/** The names of the logs below `root`. */
export async function logNames(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return []
      throw error
    },
  )
  const folders = entries
    .filter((entry) => entry.isFile() && parseSegment(entry.name))
    .map((entry) => relative(root, entry.parentPath))
  return [...new Set(folders)]
    .map(nameOf)
    .filter((name) => name !== undefined)
    .sort()
}

/** The log that a folder is of; undefined for one that somebody made by hand and no log has. */
function nameOf(folder: string): string | undefined {
  try {
    const name = folder.split(sep).map(decodeURIComponent).join("/")
    return name.split("/").map(encodeSegment).join(sep) === folder ? name : undefined
  } catch {
    return undefined
  }
}

function checkName(name: string): void {
  const segments = typeof name === "string" ? name.split("/") : [""]
  const isValid = segments.every((segment) => !["", ".", ".."].includes(segment))
  if (isValid && !name.includes("\0") && name.isWellFormed()) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_KEY",
    `${typeof name === "string" ? JSON.stringify(name) : String(name)} is not a valid log name: give non-empty segments separated by "/", none of them "." or "..".`,
    { key: typeof name === "string" ? name : undefined },
  )
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[*~]/g, (character) =>
    character === "*" ? "%2A" : "%7E",
  )
}
