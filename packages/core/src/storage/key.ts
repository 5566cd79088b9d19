import { PersistError } from "@persist/atomic"
import { abridged } from "../values/path.ts"

/**
 * Joins `subfolder` and `key` to the whole key, after checking both: non-empty segments
 * separated by `/`, none of them `.` or `..`, no NUL. Everything else is allowed.
 *
 * @throws `ERR_PERSIST_INVALID_KEY`
 */
export function wholeKey(key: string, subfolder: string | undefined): string {
  if (key === last.key && subfolder === last.subfolder) return last.whole
  checkSegments(key, "key")
  const isAlone = subfolder === undefined || subfolder === ""
  if (!isAlone) checkSegments(subfolder, "subfolder")
  last = { key, subfolder, whole: isAlone ? key : `${subfolder}/${key}` }
  return last.whole
}

/** Who saves one value again and again has its key checked once. */
let last: { key: string; subfolder: string | undefined; whole: string } = {
  key: "a",
  subfolder: undefined,
  whole: "a",
}

/** The prefix of all keys below `subfolder`: `""`, or the subfolder with a `/` behind it. */
export function folderPrefix(subfolder: string | undefined): string {
  if (subfolder === undefined || subfolder === "") return ""
  checkSegments(subfolder, "subfolder")
  return `${subfolder}/`
}

/** Whether `folder`, `""` or with a `/` behind it, is one that keys can lie in. */
export function isFolder(folder: string): boolean {
  return folder === "" || !unusual.test(folder.slice(0, -1))
}

// A hot path: one scan for the usual key, with no array made.
const unusual = /(?:^|\/)(?:\.{0,2})(?:\/|$)|\0/

function checkSegments(key: string, what: "key" | "subfolder"): void {
  if (typeof key === "string" && !unusual.test(key)) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_KEY",
    `${shown(key)} is not a valid ${what}: ${objection(key)}.`,
    { key: typeof key === "string" ? key : undefined },
  )
}

function shown(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(abridged(key)) : `The ${typeof key} given`
}

function objection(key: unknown): string {
  if (typeof key !== "string") return "it is no string"
  if (key === "") return "it is empty"
  if (key.includes("\0")) return "it contains a NUL character"
  if (key.split("/").includes(""))
    return "a segment between slashes is empty; encodeURIComponent makes one segment of any text"
  return 'a segment is "." or ".."'
}
