import { type Entry, PersistError } from "@persist/core"
import { textOf } from "../text-of.ts"
import type { ConfigFormat } from "./formats/config-format.ts"
import { formatOf } from "./formats/formats.ts"

/** A configuration as it is stored. */
export interface ConfigFile {
  readonly bytes: Uint8Array
  /** Made when it is asked for. @throws `ERR_PERSIST_FORMAT` when the bytes are not UTF-8. */
  readonly text: string
  readonly format: ConfigFormat
  readonly entry: Entry
}

/** The file at `entry`, of which only the bytes are known. */
export class StoredFile implements ConfigFile {
  readonly bytes: Uint8Array
  readonly entry: Entry
  readonly format: ConfigFormat
  #text: string | undefined

  constructor(bytes: Uint8Array, entry: Entry) {
    this.bytes = bytes
    this.entry = entry
    this.format = formatOf(entry.format)!
  }

  get text(): string {
    this.#text ??= textOf(this.bytes)
    return this.#text
  }
}

/** Parses a stored configuration; an error names it. @throws `ERR_PERSIST_DECODE`, `ERR_PERSIST_IO` where its parser cannot be loaded. */
export function parseFile(name: string, file: ConfigFile): unknown {
  const { format, entry } = file
  try {
    return format.parse(file.text)
  } catch (error) {
    if (!PersistError.is(error)) throw error
    throw new PersistError(
      PersistError.is(error, "ERR_PERSIST_IO") ? error.code : "ERR_PERSIST_DECODE",
      `The configuration "${name}"${entry.path === undefined ? "" : ` (${entry.path})`} cannot be read and stays as it is. ${error.message}`,
      { cause: error, key: name, path: entry.path, details: error.details },
    )
  }
}
