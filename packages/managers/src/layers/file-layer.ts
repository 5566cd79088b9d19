import { isUtf8 } from "node:buffer"
import { readFileSync, statSync } from "node:fs"
import { basename, extname } from "node:path"
import { fileURLToPath } from "node:url"
import { invalidOption, PersistError, readAnewSync } from "@persist/core/options"
import { locatorIn } from "../configs/edit/locate.ts"
import { type ConfigFormat, positionAt } from "../configs/formats/config-format.ts"
import { formatExtensions, formatOf } from "../configs/formats/formats.ts"
import { isPlainObject } from "../plain-object.ts"
import type { Layer, LayerName } from "./layer.ts"

/** A file as it was read; `text` is undefined when there is none. */
export interface SourceFile {
  readonly path: string
  readonly text: string | undefined
}

/** A configuration file. */
export interface LayerFile extends SourceFile {
  readonly layer: LayerName
  readonly format: ConfigFormat
}

/**
 * Reads the file of a layer. Without a known extension, the first that exists with one is taken.
 *
 * @param isNamed Whether the program named this very file, not a place where others have files of their own.
 * @throws `ERR_PERSIST_INVALID_OPTION` for a file such as `.apprc` or `settings`, which nothing says the format of.
 */
export function readLayerFile(
  layer: LayerName,
  file: string | URL,
  isNamed: boolean = true,
): LayerFile {
  const path = typeof file === "string" ? file : fileURLToPath(file)
  const known = formatOf(extname(path).toLowerCase())
  if (known) return { layer, path, format: known, text: readText(path) }
  for (const extension of formatExtensions) {
    const text = readText(path + extension)
    if (text !== undefined) {
      return { layer, path: path + extension, format: formatOf(extension)!, text }
    }
  }
  if (isNamed && isMeant(path)) {
    throw invalidOption(layer, path, `a file named ${formatExtensions.join(", ")}`)
  }
  return { layer, path: `${path}.json`, format: formatOf(".json")!, text: undefined }
}

/** Whether there is a file that can be nothing but a configuration: a program may have the name of its own, without a dot. */
function isMeant(path: string): boolean {
  try {
    const stats = statSync(path)
    return stats.isFile() && (basename(path).includes(".") || (stats.mode & 0o111) === 0)
  } catch {
    return false
  }
}

/** @throws `ERR_PERSIST_DECODE` with file, line and column. */
export function fileLayer({ layer, path, format, text }: LayerFile): Layer | undefined {
  if (text === undefined) return undefined
  const values = parse(path, format, text) ?? {}
  if (!isPlainObject(values)) {
    throw new PersistError("ERR_PERSIST_DECODE", `${path} holds no object at its top.`, { path })
  }
  const offsetOf = locatorIn(format, text)
  const locate = (at: readonly string[]) => {
    const offset = offsetOf(at)
    return offset === undefined ? undefined : positionAt(text, offset)
  }
  return { name: layer, values, file: path, locate }
}

function parse(path: string, format: ConfigFormat, text: string): unknown {
  try {
    return format.parse(text)
  } catch (error) {
    if (!PersistError.is(error)) throw error
    throw new PersistError(error.code, `${path}: ${error.message} The file stays as it is.`, {
      cause: error,
      path,
      details: error.details,
    })
  }
}

/** A text file; undefined when there is none. @throws `ERR_PERSIST_DECODE`, `ERR_PERSIST_IO` */
export function readText(path: string): string | undefined {
  let bytes: Buffer
  try {
    bytes = readAnewSync(() => readFileSync(path))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw new PersistError("ERR_PERSIST_IO", `Cannot read ${path}: ${message}`, { cause, path })
  }
  if (isUtf8(bytes)) return bytes.toString()
  throw new PersistError("ERR_PERSIST_DECODE", `${path} is not UTF-8; it stays as it is.`, { path })
}
