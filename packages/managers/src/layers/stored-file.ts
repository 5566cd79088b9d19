import { accessSync, constants } from "node:fs"
import { extname, join, relative, resolve, sep } from "node:path"
import type { FileStorage } from "@persist/file"
import { ConfigBytes } from "../configs/config-bytes.ts"
import { ConfigFiles } from "../configs/config-files.ts"
import type { LayerFile } from "./file-layer.ts"

const subfolder = "configs"

/** A file that is a configuration of a `ConfigManager` too, whose writers hold the locks of its storage. */
export interface StoredFile {
  readonly storage: FileStorage
  /** Replaces its text as `ConfigFiles.replace` does. */
  replace(before: string | undefined, text: string): Promise<void>
}

/** What `file` is in the storage around it; undefined where there is none. */
export async function storedFile({ path, format }: LayerFile): Promise<StoredFile | undefined> {
  const directory = storageAround(path)
  if (directory === undefined) return undefined
  const { FileStorage } = await import("@persist/file")
  const storage = new FileStorage({ directory })
  const files = new ConfigFiles(storage, format)
  const inside = relative(join(directory, subfolder), resolve(path))
  const name = inside.slice(0, inside.length - extname(inside).length).replaceAll(sep, "/")
  const serializer = new ConfigBytes(extname(inside))
  const place = await storage.pathOf(name, { subfolder, serializer }).catch(() => undefined)
  if (place === resolve(path)) {
    return { storage, replace: (before, text) => files.replace(name, before, text) }
  }
  await storage.close()
  return undefined
}

/** The folder that keeps `configs/` with the file in it, where a storage has its own things and we may lock. */
function storageAround(path: string): string | undefined {
  const names = resolve(path).split(sep)
  for (let depth = names.length - 2; depth > 0; depth--) {
    if (names[depth] !== subfolder) continue
    const directory = names.slice(0, depth).join(sep) || sep
    try {
      accessSync(join(directory, ".persist"), constants.W_OK)
      return directory
    } catch {
      // A folder of that name and no more.
    }
  }
  return undefined
}
