import { readFile } from "node:fs/promises"
import { PersistError, parseExactly } from "@persist/core/options"
import { withoutBom } from "../configs/formats/decode-error.ts"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { textOf } from "../text-of.ts"

/**
 * The values in a file that `conf`, `electron-store` or `lowdb` wrote, without what they keep for themselves;
 * save them with `saveConfig`, or give them to `openConfig` as `defaults`.
 *
 * @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_DECODE` for one that is encrypted or damaged, `ERR_PERSIST_IO`
 */
export async function importConf(path: string | URL): Promise<PlainObject> {
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
  let cause: unknown
  try {
    const values: unknown = parseExactly(withoutBom(textOf(bytes)))
    if (isPlainObject(values)) return values
  } catch (error) {
    cause = error
  }
  throw new PersistError(
    "ERR_PERSIST_DECODE",
    `${path} is no JSON object; one written with an encryption key has to be saved without it first.`,
    { path: String(path), ...(cause !== undefined && { cause }) },
  )
}
