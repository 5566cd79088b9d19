import { createHash } from "node:crypto"
import { decodeSegment, encodeSegment } from "./segment.ts"

/** The folder, below the root, of everything that is not a current value. */
export const internalFolder = ".persist"

/** The folder, below the root, of values whose key is too long for a path. */
export const longFolder = "+long"

// A name may have 255 bytes, and a format and a temporary name need room beside it.
const longestName = 180
const longestPath = 800

/** Where the value of `key` lies, below the root and without its format. */
export function canonicalPath(key: string): string {
  if (isUsual(key)) return key
  const names = key.split("/").map(encodeSegment)
  const path = names.join("/")
  const fits = path.length <= longestPath && names.every((name) => byteLength(name) <= longestName)
  return fits ? path : `${longFolder}/${longKeyHash(key)}`
}

/** The key whose canonical path is `path`; `undefined` for a long key or when there is none. */
export function keyOfCanonicalPath(path: string): string | undefined {
  if (isUsual(path)) return path
  const segments: string[] = []
  for (const name of path.split("/")) {
    const segment = decodeSegment(name)
    if (segment === undefined || byteLength(name) > longestName) return undefined
    segments.push(segment)
  }
  return path.length <= longestPath ? segments.join("/") : undefined
}

/** Whether `path` is where a long key lies. */
export function isLongPath(path: string): boolean {
  return path.startsWith(`${longFolder}/`)
}

/** Names a long key; the key itself is kept beside, so that it can be listed. */
export function longKeyHash(key: string): string {
  return createHash("sha256").update(key, "utf16le").digest("hex").slice(0, 40)
}

/**
 * The path of `key` as somebody would name the file by hand, without encoding; `undefined` when
 * that is its canonical path anyway, or cannot be a path of the storage.
 */
export function literalPath(key: string): string | undefined {
  if (isUsual(key)) return undefined
  if (key.length > longestPath || isReserved(key)) return undefined
  if (/[\\:*?"<>|]|[. ](?:\/|$)/.test(key) && process.platform === "win32") return undefined
  if (!key.isWellFormed() || key.includes("\ufffd")) return undefined
  if (process.platform === "win32" && device.test(key)) return undefined
  if (key.split("/").some((segment) => byteLength(segment) > longestName)) return undefined
  return canonicalPath(key) === key ? undefined : key
}

/** Whether a path by hand is not a value's: hidden files and folders belong to other programs, or are the storage's own. */
export function isReserved(path: string): boolean {
  return /(?:^|\/)\./.test(path) || path.split("/", 1)[0]!.toLowerCase() === longFolder
}

/** Whether the folder called `name` holds no values: no name that the storage gives starts with a dot. */
export function isHidden(name: string): boolean {
  return name.startsWith(".")
}

const usualKey = /^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/
const maybeDevice = /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\/|$)/
const device = /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?![a-z0-9_-])/i

/** The last one, since a save asks six times; none at first, and "" is no key. */
let lastUsual: string | undefined

/** Whether `key` is its own path. */
function isUsual(key: string): boolean {
  if (key === lastUsual) return true
  if (key.length > longestName || !usualKey.test(key) || maybeDevice.test(key)) return false
  lastUsual = key
  return true
}

function byteLength(name: string): number {
  return name.length * 3 <= longestName ? name.length : Buffer.byteLength(name)
}
