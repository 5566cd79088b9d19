import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { types } from "node:util"
import { type Limits, PersistError, type Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import { requireBytes } from "@persist/core/values"
import type { EncryptedOptions } from "../encrypted/encrypted-serializer.ts"
import type { PickleClass } from "../pickle/pickle-class.ts"
import { serializerOfBytes } from "./by-content.ts"
import { serializerOfName } from "./by-name.ts"

/** Options of `detect`. */
export interface DetectOptions {
  /** The keys or the passphrase of encrypted files; without them such a file throws `ERR_PERSIST_UNKNOWN_KEY`. */
  readonly encrypted?: EncryptedOptions | undefined
  /** The classes that pickles may hold. */
  readonly classes?: readonly PickleClass[] | undefined
  /** How much a value may cost to read. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<DetectOptions>("detect", {
  encrypted: true,
  classes: true,
  limits: true,
})

/**
 * Chooses the serializer that reads a file or bytes that any serializer of this package wrote. What
 * the first bytes say goes before the file's name, layer by layer; the name decides where they say nothing,
 * and where its last extension is what they say, the others are believed without looking inside.
 *
 * @throws `ERR_PERSIST_FORMAT` when nothing fits, `ERR_PERSIST_NOT_FOUND` and `ERR_PERSIST_IO` for the
 * file, and what its layers throw when they are damaged or locked.
 */
export async function detect(
  source: string | URL | Uint8Array,
  options: DetectOptions = {},
): Promise<Serializer> {
  checkOptions(options)
  if (types.isUint8Array(source)) {
    requireBytes(source)
    return serializerOfBytes(source, undefined, options)
  }
  const path = pathOf(source)
  const bytes = await read(path)
  return serializerOfBytes(bytes, serializerOfName(path, options), options)
}

function pathOf(source: string | URL): string {
  if (typeof source === "string") return source
  if (source instanceof URL && source.protocol === "file:") return fileURLToPath(source)
  throw invalidOption("source", source, "a path, a file: URL or bytes")
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ENOENT")
      throw new PersistError("ERR_PERSIST_NOT_FOUND", `There is no file ${path}.`, { cause, path })
    throw new PersistError("ERR_PERSIST_IO", `Cannot read ${path}: ${message}`, { cause, path })
  }
}
