import { type Dirent, readdirSync } from "node:fs"
import { join } from "node:path"
import { isHidden, longFolder } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { assertContained, isMissing } from "../reading/containment.ts"
import { startingFolders } from "./scan.ts"

/** The keys with `prefix`, each once and at most `limit`, for callers that cannot wait. @throws As `scanKeys`. */
export function scanKeysSync(layout: Layout, prefix: string, limit: number): string[] {
  const keys = new Set<string>()
  const pending = startingFolders(layout, prefix)
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const item of itemsOf(layout, folder)) {
      if (keys.size >= limit) return [...keys]
      const path = folder === "" ? item.name : `${folder}/${item.name}`
      if (item.isDirectory()) {
        if (!isHidden(item.name) && path !== longFolder) pending.push(path)
      } else {
        const file = layout.fileOf(path)
        if (file?.key.startsWith(prefix)) keys.add(file.key)
      }
    }
  }
  return [...keys]
}

function itemsOf(layout: Layout, folder: string): Dirent[] {
  assertContained(layout.root, `${folder}/`)
  try {
    return readdirSync(join(layout.root, folder), { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
