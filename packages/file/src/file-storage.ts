import { join } from "node:path"
import type { Readable } from "node:stream"
import type { Content } from "@persist/atomic"
import { type Entry, globMatcher, type Serializer } from "@persist/core"
import { kinds, valuesCheck } from "@persist/core/options"
import { FileBackend } from "./file-backend.ts"
import {
  checkRepair,
  checkVerify,
  type Problem,
  type RepairReport,
  type VerifyOptions,
  type VerifyReport,
} from "./maintenance/problem.ts"
import { mend } from "./maintenance/repair.ts"
import { sweepLeftovers } from "./maintenance/sweep.ts"
import { Verification } from "./maintenance/verify.ts"
import { bytesSerializer } from "./streams/bytes-serializer.ts"
import { loadStream } from "./streams/load-stream.ts"
import {
  checkLoadStream,
  checkSaveStream,
  type LoadStreamOptions,
  type SaveStreamOptions,
} from "./streams/options.ts"
import { replace } from "./writing/replace.ts"

/** Which files `FileStorage.listFiles` names. */
export interface ListFilesOptions {
  /** Only files of keys below this folder. @default every key */
  readonly subfolder?: string | undefined
  /** Glob on the key below `subfolder`, or on the file's name when it holds a format (`*.json`). @default every key */
  readonly pattern?: string | undefined
  /** Only files in this format. @default every known format */
  readonly serializer?: Serializer | undefined
  /** Ends the listing with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

const { anything, serializer, signal, text } = kinds
const checkListFiles: (options: ListFilesOptions) => void = valuesCheck<ListFilesOptions>(
  "listFiles",
  {
    subfolder: anything,
    pattern: text,
    serializer,
    signal,
  },
)

/** Options of `FileStorage.pathOf`. */
export interface PathOptions {
  /** Folder of the key. @default none */
  readonly subfolder?: string | undefined
  /** Format of a file that is not there yet. @default the storage's `serializer` */
  readonly serializer?: Serializer | undefined
}

const checkPathOf: (options: PathOptions) => void = valuesCheck<PathOptions>("pathOf", {
  subfolder: anything,
  serializer,
})

/** Values as files that people can read: `<directory>/<key>.json`, replaced atomically and durably. */
export class FileStorage extends FileBackend {
  /** Paths of the files that hold values, absolute and sorted. */
  async listFiles(options: ListFilesOptions = {}): Promise<string[]> {
    checkListFiles(options)
    const { serializer, pattern, ...rest } = options
    if (serializer) this.formats.add(serializer)
    const matches = pattern === undefined ? undefined : globMatcher(pattern)
    const paths: string[] = []
    for await (const { key, format, path } of this.entries(rest)) {
      if (serializer && format !== serializer.fileExtension) continue
      if (matches && !matches(key) && !matches(key + format)) continue
      if (path !== undefined) paths.push(path)
    }
    return paths.sort()
  }

  /** Size in bytes of the value under `key`; `undefined` when there is none. */
  async getSize(
    key: string,
    options: { readonly subfolder?: string | undefined } = {},
  ): Promise<number | undefined> {
    return (await this.stat(key, options))?.size
  }

  /** The path of the file that holds the value under `key`, or that a save of it would make. */
  async pathOf(key: string, options: PathOptions = {}): Promise<string> {
    checkPathOf(options)
    const { serializer = this.serializer, subfolder } = options
    this.formats.add(serializer)
    return this.operate("load", { key, subfolder, signal: undefined }, async (name) => {
      const { layout } = this.context
      const path = join(layout.root, layout.canonical(name, serializer.fileExtension))
      return this.current.stat(name)?.path ?? path
    })
  }

  /**
   * Saves bytes that come in pieces, as large as the disk allows, with the same atomicity as `save`:
   * the value is replaced when `source` has ended, or not at all.
   *
   * @throws As `save`, and what `source` throws.
   */
  async saveStream(key: string, source: Content, options: SaveStreamOptions = {}): Promise<Entry> {
    checkSaveStream(options)
    const { serializer = bytesSerializer, subfolder, signal, ...intent } = options
    this.formats.add(serializer)
    return this.operate("save", { key, subfolder, signal }, async (name) => {
      this.sweep()
      const request = this.writeRequest(serializer.fileExtension, { ...intent, signal })
      const value = { content: source, request, claim: () => true }
      const entry = await this.writer.track(replace(this.context, name, value))
      return { ...entry, key }
    })
  }

  /**
   * The stored bytes under `key` in pieces, as they are at this moment; `undefined` when there are
   * none. Read the stream to its end or destroy it: it holds the file open.
   *
   * @throws `ERR_PERSIST_NOT_FOUND` (with `version`), and as `load`; so does the stream.
   */
  async loadStream(key: string, options: LoadStreamOptions = {}): Promise<Readable | undefined> {
    checkLoadStream(options)
    const { subfolder, signal, version } = options
    return this.operate("load", { key, subfolder, signal }, (name) =>
      loadStream(this.context, name, version, signal),
    )
  }

  /** Reads every value, version and backup, and says which cannot be read back. Changes nothing. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    checkVerify(options)
    const problems: Problem[] = []
    const files = await this.#walk(options, async (problem) => problems.push(problem))
    return { files, problems }
  }

  /**
   * Mends what `verify` finds: damaged values come back from their newest whole version or backup,
   * damaged bytes are set aside, superseded files and the leftovers of killed processes are removed.
   */
  async repair(options: VerifyOptions = {}): Promise<RepairReport> {
    checkRepair(options)
    const mended: Problem[] = []
    const remaining: Problem[] = []
    const files = await this.#walk(options, async (problem) => {
      const rest = await mend(this.context, problem, (key) => this.#recover(key))
      if (rest === undefined) mended.push(problem)
      else remaining.push(rest)
    })
    sweepLeftovers(this.context)
    return { files, mended, remaining }
  }

  /** Loads, which mends where it can. @returns Whether what is stored can be read back now. */
  async #recover(key: string): Promise<boolean> {
    await this.load(key)
    const stored = await this.current.read(key, undefined)
    return stored === undefined || this.formats.isValid(stored.bytes, stored.entry.format)
  }

  #walk(options: VerifyOptions, found: (problem: Problem) => Promise<unknown>): Promise<number> {
    const { subfolder, signal } = options
    const parts = { context: this.context, current: this.current, formats: this.formats }
    return this.operate("list", { subfolder, signal }, (prefix) =>
      new Verification(parts, prefix, options, found).run(),
    )
  }
}
