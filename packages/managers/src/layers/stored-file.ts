import { accessSync, constants, existsSync, lstatSync } from "node:fs"
import { extname, join, relative, resolve, sep } from "node:path"
import type { FileStorage } from "@persist/file"
import { ConfigBytes } from "../configs/config-bytes.ts"
import { ConfigFiles } from "../configs/config-files.ts"
import { formatExtensions } from "../configs/formats/formats.ts"
import type { LayerFile } from "./file-layer.ts"

const subfolder = "configs"

/** A file that is a configuration of a `ConfigManager` too, whose writers hold the locks of its storage. */
export interface StoredFile {
  readonly storage: FileStorage
  /** Replaces its text as `ConfigFiles.replace` does. */
  replace(before: string | undefined, text: string): Promise<void>
}

/** What `file` is in the storage around it; undefined where there is none. */
export async function storedFile({ path }: LayerFile): Promise<StoredFile | undefined> {
  const extension = extname(path)
  const base = resolve(path).slice(0, -extension.length)
  const directory = storageAround(base)
  if (directory === undefined || !isOnly(base, extension)) return undefined
  const { FileStorage } = await import("@persist/file")
  const storage = new FileStorage({ directory })
  const files = new ConfigFiles(storage, extension)
  const name = relative(join(directory, subfolder), base).replaceAll(sep, "/")
  const serializer = new ConfigBytes(extension)
  const place = await storage.pathOf(name, { subfolder, serializer }).catch(() => undefined)
  if (place === resolve(path)) {
    return { storage, replace: (before, text) => files.replace(name, before, text) }
  }
  await storage.close()
  return undefined
}

/** The folder that keeps `configs/` with the file in it, where a storage has its own things and we may lock. */
function storageAround(base: string): string | undefined {
  const names = base.split(sep)
  for (let depth = names.length - 2; depth > 0; depth--) {
    if (names[depth] !== subfolder) continue
    const directory = names.slice(0, depth).join(sep) || sep
    const own = join(directory, ".persist")
    try {
      accessSync(own, constants.W_OK)
      if (lstatSync(own).isDirectory()) return directory
    } catch {
      // A folder of that name and no more.
    }
  }
  return undefined
}

/** Whether the storage would touch this file alone: files of one name in two formats may be two layers, and it keeps one. */
function isOnly(base: string, extension: string): boolean {
  const others = formatExtensions.filter((one) => one !== extension)
  // In capitals it is none of the storage's.
  return others.length < formatExtensions.length && !others.some((one) => existsSync(base + one))
}
