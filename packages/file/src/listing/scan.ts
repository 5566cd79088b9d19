import type { Dirent } from "node:fs"
import { opendir, readdir } from "node:fs/promises"
import { join } from "node:path"
import { whenFewerOpen } from "@persist/atomic/waiting"
import type { Entry } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import { canonicalPath, isHidden, literalPath, longFolder } from "../keys/key-path.ts"
import type { Layout, NamedFile } from "../keys/layout.ts"
import { assertContained, assertLinkStaysInside, isMissing } from "../reading/containment.ts"
import { isExactName } from "../reading/exact-name.ts"
import { locateAll } from "../reading/locate.ts"
import { entryOf } from "../reading/revision.ts"

/** What a scan looks for. */
export interface ScanRange {
  /** Keys start with it: `""`, or a folder with its slash. */
  readonly prefix: string
  readonly signal: AbortSignal | undefined
  /** Takes the error of a folder that cannot be read, below the root, or throws it. @default throws it */
  readonly refused?: (folder: string, error: unknown) => void
}

/** A file that holds a value, as its name says. */
export interface ScannedFile extends NamedFile {
  /** Below the root. */
  readonly path: string
}

/** Every file that holds a value below `range.prefix`; a folder at a time, a few names in memory. */
export async function* scan(layout: Layout, range: ScanRange): AsyncGenerator<ScannedFile> {
  for (const folder of startingFolders(layout, range.prefix)) {
    yield* scanFolder(layout, folder, range)
  }
}

/** The entries of the keys below `range.prefix`, each once. */
export async function* scanEntries(layout: Layout, range: ScanRange): AsyncGenerator<Entry> {
  for await (const file of scan(layout, range)) {
    // Another file of the same key may be the current one; every key is told with that one.
    const current = locateAll(layout, file.key)[0]
    if (current?.name !== file.path) continue
    yield entryOf(file.key, current.format, current.path, current.facts)
  }
}

/** The folders, below the root, that keys with `prefix` can lie in; the long ones last. */
export function startingFolders(layout: Layout, prefix: string): string[] {
  if (prefix === "") return ["", longFolder]
  const key = prefix.slice(0, -1)
  const canonical = canonicalPath(key)
  const folders = canonical.startsWith(`${longFolder}/`) ? [] : [canonical]
  if (canonical !== key && literalPath(key) !== undefined) {
    assertContained(layout.root, `${key}/`)
    if (isExactName(layout.root, key)) folders.push(key)
  }
  return [...folders, longFolder]
}

async function* scanFolder(
  layout: Layout,
  folder: string,
  range: ScanRange,
): AsyncGenerator<ScannedFile> {
  const { prefix, signal } = range
  throwIfAborted(signal, "Listing")
  const folders: string[] = []
  try {
    assertContained(layout.root, `${folder}/`)
    const open = () => opendir(join(layout.root, folder), { bufferSize: 256 })
    for await (const item of await whenFewerOpen(open, signal)) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`
      if (item.isDirectory()) folders.push(path)
      else if (item.isFile() || isUsableLink(layout, item, path)) {
        const file = layout.fileOf(path)
        if (file?.key.startsWith(prefix)) yield { ...file, path }
      }
    }
  } catch (error) {
    if (!isMissing(error)) {
      if (range.refused === undefined) throw error
      range.refused(folder, error)
    }
  }
  for (const path of folders) {
    if (!isOwn(path)) yield* scanFolder(layout, path, range)
  }
}

/** Every key below `range.prefix`; quicker than `scan`, since only names are read, a folder at once. */
export async function scanKeys(layout: Layout, range: ScanRange): Promise<string[]> {
  const keys: string[] = []
  let mayRepeat = layout.formats.length > 1
  const pending = startingFolders(layout, range.prefix)
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    throwIfAborted(range.signal, "Listing")
    for (const item of await itemsOf(layout, folder, range.signal)) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`
      if (item.isDirectory()) {
        if (!isOwn(path)) pending.push(path)
      } else if (item.isFile() || isUsableLink(layout, item, path)) {
        const file = layout.fileOf(path)
        if (!file?.key.startsWith(range.prefix)) continue
        keys.push(file.key)
        mayRepeat ||= file.literal
      }
    }
  }
  return mayRepeat ? [...new Set(keys)] : keys
}

async function itemsOf(
  layout: Layout,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Dirent[]> {
  assertContained(layout.root, `${folder}/`)
  try {
    const read = () => readdir(join(layout.root, folder), { withFileTypes: true })
    return await whenFewerOpen(read, signal)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

// A link to a file that stays inside is a value; one out of the storage is refused when it is loaded.
function isUsableLink(layout: Layout, item: Dirent, path: string): boolean {
  if (!item.isSymbolicLink()) return false
  try {
    return assertLinkStaysInside(layout.root, join(layout.root, path)) !== undefined
  } catch {
    return false
  }
}

// The long ones are seen by themselves: a scan of everything starts in their folder too.
function isOwn(path: string): boolean {
  return path === longFolder || isHidden(path.slice(path.lastIndexOf("/") + 1))
}
