import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { PersistError, type StorageOptions } from "@persist/core"
import { FileStorage } from "@persist/file"
import { isEmpty } from "./url-path.ts"

/** Opens what stands behind `file:`; with a `table` the folder of that name in it. */
export function openFiles(
  path: string,
  table: string | undefined,
  options: StorageOptions,
): FileStorage {
  return new FileStorage({ ...options, directory: join(directoryOf(path), table ?? "") })
}

/** `file:./data` and `file:data` are relative to the working directory; `file:///data` is a URL as usual. */
function directoryOf(path: string): string {
  if (isEmpty(path)) throw noDirectory("names no directory")
  if (!path.startsWith("//")) return path
  try {
    return fileURLToPath(`file:${path}`)
  } catch (cause) {
    throw noDirectory("names no directory of this machine", cause)
  }
}

function noDirectory(why: string, cause?: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `file: ${why}. Give file:./data, file:/var/data or file:///var/data.`,
    { cause },
  )
}
