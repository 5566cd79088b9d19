import { join } from "node:path"
import type { FormatRegistry } from "@persist/core"
import { invalidOption } from "@persist/core/options"
import { assertContained } from "../reading/containment.ts"
import {
  canonicalPath,
  internalFolder,
  isLongPath,
  isReserved,
  keyOfCanonicalPath,
  literalPath,
} from "./key-path.ts"
import type { LongKeys } from "./long-keys.ts"

/** A key and the format that a file's name says. */
export interface NamedFile {
  readonly key: string
  readonly format: string
  /** Whether it was named by hand. */
  readonly literal: boolean
}

const formatPattern = /^\.[A-Za-z][\w-]{0,30}(?:\.[\w-]{1,31}){0,5}$/
const longestFormat = 60

/** @throws `ERR_PERSIST_INVALID_OPTION` when files cannot be told apart by this format. */
export function checkFormat(format: string): void {
  if (!formatPattern.test(format) || format.length > longestFormat) {
    throw invalidOption("fileExtension", format, 'a dot, a letter and letters or digits, ".json"')
  }
}

/** Which file holds which key: the names below one root. */
export class Layout {
  /** Absolute. */
  readonly root: string
  readonly #formats: FormatRegistry
  readonly #longKeys: LongKeys

  constructor(root: string, formats: FormatRegistry, longKeys: LongKeys) {
    this.root = root
    this.#formats = formats
    this.#longKeys = longKeys
  }

  /** The formats that are seen, the default's first. */
  get formats(): readonly string[] {
    return this.#formats.extensions
  }

  /** Where a new value of `key` goes, below the root. */
  canonical(key: string, format: string): string {
    return canonicalPath(key) + format
  }

  /** Where somebody may have put the value of `key` by hand, below the root. */
  literal(key: string, format: string): string | undefined {
    const path = literalPath(key)
    if (path === undefined) return undefined
    return this.fileOf(path + format)?.key === key ? path + format : undefined
  }

  /** What the file at `path`, below the root, is; `undefined` when it is none of the storage's. */
  fileOf(path: string): NamedFile | undefined {
    const dot = path.slice(path.lastIndexOf("/") + 1).search(/\.[a-z]/i)
    if (dot < 0) return undefined
    const end = path.lastIndexOf("/") + 1 + dot
    const format = path.slice(end)
    if (this.formats.includes(format)) {
      const base = path.slice(0, end)
      const key = isLongPath(base) ? this.#longKeys.keyOf(base) : keyOfCanonicalPath(base)
      if (key !== undefined) return { key, format, literal: false }
    }
    return this.#literalFileOf(path)
  }

  /**
   * The folder of one kind of internal file of `key`, such as its versions, or a file in it; absolute.
   *
   * @throws `ERR_PERSIST_INVALID_KEY` when a link leads it out of the root.
   */
  internal(kind: string, key: string, file?: string): string {
    const folder = `${internalFolder}/${kind}/${canonicalPath(key)}`
    const path = file === undefined ? folder : `${folder}/${file}`
    assertContained(this.root, `${path}/`)
    return join(this.root, path)
  }

  #literalFileOf(path: string): NamedFile | undefined {
    if (isReserved(path)) return undefined
    const fits = this.formats.filter((extension) => path.endsWith(extension))
    const format = fits.toSorted((a, b) => b.length - a.length)[0]
    if (format === undefined) return undefined
    const key = path.slice(0, -format.length)
    return literalPath(key) === key && !key.endsWith("/")
      ? { key, format, literal: true }
      : undefined
  }
}
