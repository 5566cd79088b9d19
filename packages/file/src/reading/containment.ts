import { lstatSync, realpathSync, type Stats } from "node:fs"
import { sep } from "node:path"
import { PersistError } from "@persist/core"
import { under } from "../keys/under.ts"

const quietly = { throwIfNoEntry: false } as const

/**
 * Makes sure that the folders of `path` (below `root`) are real folders, or links that stay inside.
 * Looked at on every call, because a link may appear at any time; it costs a microsecond a folder.
 *
 * @throws `ERR_PERSIST_INVALID_KEY` when one leads out of the root.
 */
export function assertContained(root: string, path: string): void {
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
    const folder = under(root, path.slice(0, slash))
    const stats = factsOf(folder)
    if (stats === undefined) return
    if (stats.isSymbolicLink()) assertLinkStaysInside(root, folder)
  }
}

/** What lies at `path`, absolute, links not followed; `undefined` when nothing does. */
export function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, quietly)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The destination of the link at `path`. @throws `ERR_PERSIST_INVALID_KEY` when it is outside `root`. */
export function assertLinkStaysInside(root: string, path: string): string | undefined {
  let destination: string
  try {
    destination = realpathSync.native(path)
  } catch (error) {
    // A dangling link, or a circle: nobody can tell where a file written through it would go.
    if (["ENOENT", "ELOOP"].includes((error as NodeJS.ErrnoException).code!)) {
      throw escapeError(path, root)
    }
    throw error
  }
  const inside = realpathSync.native(root)
  if (
    destination !== inside &&
    !destination.startsWith(inside.endsWith(sep) ? inside : inside + sep)
  ) {
    throw escapeError(path, root)
  }
  return destination
}

/** Whether `error` says that there is no such file: the file, or a folder on the way, is missing. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG"
}

/**
 * Whether a value must be looked for again: it was deleted or replaced by another format since it was found, or a link
 * stands there (`ELOOP`), to be looked at first.
 */
export function isElsewhere(error: unknown): boolean {
  return isMissing(error) || (error as NodeJS.ErrnoException).code === "ELOOP"
}

/** The error for a key whose folder or file is a symbolic link out of the storage. */
function escapeError(path: string, root: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_KEY",
    `${path} leads out of the storage's directory ${root} through a symbolic link; remove the link, or open a storage there.`,
    { path },
  )
}
