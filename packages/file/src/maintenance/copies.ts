import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { HistoryFile } from "../history/history.ts"
import { internalFolder, isLongPath, keyOfCanonicalPath } from "../keys/key-path.ts"
import { isMissing } from "../reading/containment.ts"
import type { FileContext } from "../writing/context.ts"

/** The versions and backups of every key with `prefix`; a folder of them in memory at a time. */
export function* copiesBelow(
  context: FileContext,
  prefix: string,
): Generator<HistoryFile & { readonly key: string }> {
  for (const kind of ["version", "backup"] as const) {
    const top = join(context.layout.root, internalFolder, `${kind}s`)
    for (const folder of foldersBelow(top, "")) {
      const key = isLongPath(folder) ? context.longKeys.keyOf(folder) : keyOfCanonicalPath(folder)
      if (!key?.startsWith(prefix)) continue
      for (const file of context.history.files(kind, key)) yield { ...file, key }
    }
  }
}

function* foldersBelow(top: string, folder: string): Generator<string> {
  let names: string[]
  try {
    const items = readdirSync(join(top, folder), { withFileTypes: true })
    names = items.filter((item) => item.isDirectory()).map((item) => item.name)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  for (const name of names) {
    const path = folder === "" ? name : `${folder}/${name}`
    yield path
    yield* foldersBelow(top, path)
  }
}
