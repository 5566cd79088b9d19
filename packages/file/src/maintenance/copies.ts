import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { HistoryFile } from "../history/history.ts"
import { internalFolder, isLongPath, keyOfCanonicalPath } from "../keys/key-path.ts"
import { isMissing } from "../reading/containment.ts"
import type { FileContext } from "../writing/context.ts"

/** Takes the error of a folder, absolute, that cannot be read: the key that it is for, where its name says one. */
export type Refused = (path: string, key: string | undefined, error: unknown) => void

/** The versions and backups of every key with `prefix`; a folder of them in memory at a time. */
export function* copiesBelow(
  context: FileContext,
  prefix: string,
  refused: Refused,
): Generator<HistoryFile & { readonly key: string }> {
  for (const kind of ["version", "backup"] as const) {
    const top = join(context.layout.root, internalFolder, `${kind}s`)
    for (const { folder, error } of foldersBelow(top, "")) {
      const key = isLongPath(folder) ? context.longKeys.keyOf(folder) : keyOfCanonicalPath(folder)
      if (error !== undefined) {
        if (isAbout(key, prefix)) refused(join(top, folder), key, error)
      } else if (key?.startsWith(prefix)) {
        for (const file of context.history.files(kind, key)) yield { ...file, key }
      }
    }
  }
}

/** Whether copies of keys with `prefix` may lie in the folder for `key`, or below it. */
function isAbout(key: string | undefined, prefix: string): boolean {
  return key === undefined || key.startsWith(prefix) || prefix.startsWith(`${key}/`)
}

interface Folder {
  /** Below the top; `""` for the top itself. */
  readonly folder: string
  /** Why it cannot be read, if it cannot. */
  readonly error?: unknown
}

function* foldersBelow(top: string, folder: string): Generator<Folder> {
  let names: string[]
  try {
    const items = readdirSync(join(top, folder), { withFileTypes: true })
    names = items.filter((item) => item.isDirectory()).map((item) => item.name)
  } catch (error) {
    if (!isMissing(error)) yield { folder, error }
    return
  }
  yield { folder }
  for (const name of names) yield* foldersBelow(top, folder === "" ? name : `${folder}/${name}`)
}
