import { type Dirent, readdirSync } from "node:fs"
import { join } from "node:path"
import { isHidden, longFolder } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { isMissing } from "../reading/containment.ts"
import { startingFolders } from "./scan.ts"

/** The keys with `prefix`, each once and at most `limit`, for callers that cannot wait. */
export function scanKeysSync(layout: Layout, prefix: string, limit: number): string[] {
  const keys = new Set<string>()
  const pending = startingFolders(prefix)
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const item of itemsOf(join(layout.root, folder))) {
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

function itemsOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
