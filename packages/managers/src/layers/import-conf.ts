import { readFile } from "node:fs/promises"
import { PersistError, parseExactly } from "@persist/core/options"
import { withoutBom } from "../configs/formats/decode-error.ts"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { textOf } from "../text-of.ts"
import { isPlace } from "./config-options.ts"

/**
 * The values in a file that `conf`, `electron-store` or `lowdb` wrote, without what they keep for themselves;
 * save them with `saveConfig`, or give them to `openConfig` as `defaults`.
 *
 * @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_DECODE` for one that is encrypted, damaged or no object, `ERR_PERSIST_IO`, `ERR_PERSIST_INVALID_ARGUMENT`
 */
export async function importConf(path: string | URL): Promise<PlainObject> {
  if (!isPlace(path)) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      "importConf wants the path of a file, or a file: URL.",
    )
  }
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const missing = code === "ENOENT"
    throw new PersistError(
      missing ? "ERR_PERSIST_NOT_FOUND" : "ERR_PERSIST_IO",
      missing ? `There is no file ${path}.` : `Cannot read ${String(path)}: ${message}`,
      { cause, path: String(path) },
    )
  }
  const values = parse(bytes, path)
  const { __internal__: _, ...rest } = values
  return rest
}

function parse(bytes: Buffer, path: string | URL): PlainObject {
  let values: unknown
  try {
    values = parseExactly(withoutBom(textOf(bytes)))
  } catch (cause) {
    const why = "is no JSON; one written with an encryption key has to be saved without it first."
    throw new PersistError("ERR_PERSIST_DECODE", `${path} ${why}`, { path: String(path), cause })
  }
  if (isPlainObject(values)) return values
  const what = Array.isArray(values) ? "a list" : "a single value"
  throw new PersistError(
    "ERR_PERSIST_DECODE",
    `${path} has ${what} at its top, and a configuration has names there; give it one.`,
    { path: String(path) },
  )
}
