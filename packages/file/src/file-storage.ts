import type { Readable } from "node:stream"
import type { Content } from "@persist/atomic"
import {
  type Change,
  type DeleteRequest,
  type Entry,
  globMatcher,
  type HistoryEntry,
  type ScanRequest,
  type Serializer,
  Storage,
  type StorageSupport,
  type StoredValue,
  type UpdateRequest,
  type WriteRequest,
} from "@persist/core"
import { optionsCheck } from "@persist/core/options"
import { resolveDirectory } from "./directory.ts"
import { quarantine } from "./history/quarantine.ts"
import { scanEntries, scanKeys } from "./listing/scan.ts"
import type { Problem, RepairReport, VerifyOptions, VerifyReport } from "./maintenance/problem.ts"
import { mend } from "./maintenance/repair.ts"
import { sweepLeftovers } from "./maintenance/sweep.ts"
import { Verification } from "./maintenance/verify.ts"
import { checkFileStorageOptions, type FileStorageOptions } from "./options.ts"
import { CurrentValues } from "./reading/current-values.ts"
import { settle } from "./reading/settle.ts"
import { BytesSerializer } from "./streams/bytes-serializer.ts"
import { loadStream } from "./streams/load-stream.ts"
import {
  checkLoadStream,
  checkSaveStream,
  type LoadStreamOptions,
  type SaveStreamOptions,
} from "./streams/options.ts"
import { othersTurn } from "./turn.ts"
import { type FileContext, fileContext } from "./writing/context.ts"
import { KeyWriter } from "./writing/key-writer.ts"
import { replace } from "./writing/replace.ts"
import { update } from "./writing/update.ts"

/** Which files `FileStorage.listFiles` names. */
export interface ListFilesOptions {
  /** Only files of keys below this folder. @default every key */
  readonly subfolder?: string
  /** Glob on the key below `subfolder`, or on the file's name when it holds a format (`*.json`). @default every key */
  readonly pattern?: string
  /** Only files in this format. @default every known format */
  readonly serializer?: Serializer
  /** Ends the listing with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal
}

const bytesSerializer = new BytesSerializer()

const checkVerify = optionsCheck<VerifyOptions>("verify", {
  subfolder: true,
  onProgress: true,
  signal: true,
})

/** Values as files that people can read: `<directory>/<key>.json`, replaced atomically and durably. */
export class FileStorage extends Storage {
  readonly supports: StorageSupport = Object.freeze({
    persistent: true,
    multiProcess: true,
    history: true,
    sync: true,
    ttl: false,
    watch: true,
  })
  /** Absolute path of the directory; created by the first save. */
  readonly directory: string
  readonly #context: FileContext
  readonly #current: CurrentValues
  readonly #writer: KeyWriter
  #isSwept = false

  /** @throws `ERR_PERSIST_INVALID_OPTION`; nothing on the disk is touched. */
  constructor(options: FileStorageOptions = {}) {
    super(checkFileStorageOptions(options))
    this.directory = resolveDirectory(options)
    const { clock, logger, formats } = this
    formats.add(bytesSerializer)
    this.#context = fileContext(this.directory, options, { clock, logger, formats })
    this.#writer = new KeyWriter(this.#context)
    this.#current = new CurrentValues(this.#context.layout)
  }

  /** Paths of the files that hold values, absolute and sorted. */
  async listFiles(options: ListFilesOptions = {}): Promise<string[]> {
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
    options: { readonly subfolder?: string } = {},
  ): Promise<number | undefined> {
    return (await this.stat(key, options))?.size
  }

  /**
   * Saves bytes that come in pieces, as large as the disk allows, with the same atomicity as `save`:
   * the value is replaced when `source` has ended, or not at all.
   *
   * @throws As `save`, and what `source` throws.
   */
  saveStream(key: string, source: Content, options: SaveStreamOptions = {}): Promise<Entry> {
    checkSaveStream(options)
    const { serializer = bytesSerializer, subfolder, signal, ...intent } = options
    this.formats.add(serializer)
    return this.operate("save", { key, subfolder, signal }, async (name) => {
      this.#sweep()
      const request = this.writeRequest(serializer.fileExtension, { ...intent, signal })
      const value = { content: source, request, claim: () => true }
      const entry = await this.#writer.track(replace(this.#context, name, value))
      return { ...entry, key }
    })
  }

  /**
   * The stored bytes under `key` in pieces, as they are at this moment; `undefined` when there are
   * none. Read the stream to its end or destroy it: it holds the file open.
   */
  loadStream(key: string, options: LoadStreamOptions = {}): Promise<Readable | undefined> {
    checkLoadStream(options)
    const { subfolder, signal, version } = options
    return this.operate("load", { key, subfolder, signal }, (name) =>
      loadStream(this.#context, name, version, signal),
    )
  }

  /** Reads every value, version and backup, and says which cannot be read back. Changes nothing. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const problems: Problem[] = []
    const files = await this.#walk(options, async (problem) => problems.push(problem))
    return { files, problems }
  }

  /**
   * Mends what `verify` finds: damaged values come back from their newest whole version or backup,
   * damaged bytes are set aside, superseded files and the leftovers of killed processes are removed.
   */
  async repair(options: VerifyOptions = {}): Promise<RepairReport> {
    const mended: Problem[] = []
    const remaining: Problem[] = []
    const files = await this.#walk(options, async (problem) => {
      const isMended = await mend(this.#context, problem, (key) => this.load(key))
      ;(isMended ? mended : remaining).push(problem)
    })
    sweepLeftovers(this.#context)
    return { files, mended, remaining }
  }

  /** Resolves when every save that was called before is durable or has failed. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  protected async _read(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    this.#sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.#current.read(key, signal)
  }

  protected override async _stat(key: string): Promise<Entry | undefined> {
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.#current.stat(key)
  }

  protected async _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    this.#sweep()
    const saved = this.#writer.save(key, bytes, request)
    // Saves keep their order: it is the caller who waits.
    const turn = othersTurn()
    if (turn !== undefined) await Promise.allSettled([turn, saved])
    return saved
  }

  protected async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    const deleted = this.#writer.delete(key, request)
    const turn = othersTurn()
    if (turn !== undefined) await Promise.allSettled([turn, deleted])
    return deleted
  }

  protected override async _update(key: string, request: UpdateRequest): Promise<Entry> {
    this.#sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    const read = () => this.#current.read(key, request.signal)
    return this.#writer.track(update(this.#context, key, request, read))
  }

  protected _entries(request: ScanRequest): AsyncIterable<Entry> {
    return scanEntries(this.#context.layout, request)
  }

  protected override _keys(request: ScanRequest): Promise<string[]> {
    return scanKeys(this.#context.layout, request)
  }

  protected override _watch(request: ScanRequest): AsyncIterable<Change> {
    return this.#context.watches.watch(request)
  }

  protected override async _history(key: string): Promise<readonly HistoryEntry[]> {
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.#context.history.entries(key)
  }

  protected override _readHistory(
    key: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    return this.#context.history.read(key, id, signal)
  }

  protected override _settle(
    key: string,
    damaged: StoredValue,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    return settle(this.#current, key, damaged, signal)
  }

  protected override _quarantine(key: string, damaged: StoredValue): Promise<void> {
    return quarantine(this.#context, key, damaged)
  }

  protected override _readSync(key: string): StoredValue | undefined {
    return this.#current.readSync(key)
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    this.#sweep()
    return this.#writer.saveSync(key, bytes, request)
  }

  protected override _historySync(key: string): readonly HistoryEntry[] {
    return this.#context.history.entries(key)
  }

  protected override _readHistorySync(key: string, id: string): StoredValue | undefined {
    return this.#context.history.readSync(key, id)
  }

  protected override async _close(): Promise<void> {
    await this.flush()
    this.#context.locks.close()
  }

  #walk(options: VerifyOptions, found: (problem: Problem) => Promise<unknown>): Promise<number> {
    checkVerify(options)
    const { subfolder, signal } = options
    const parts = { context: this.#context, current: this.#current, formats: this.formats }
    return this.operate("list", { subfolder, signal }, (prefix) =>
      new Verification(parts, prefix, options, found).run(),
    )
  }

  /** Removes, on first use, what processes that were killed left half written. */
  #sweep(): void {
    if (this.#isSwept) return
    this.#isSwept = true
    sweepLeftovers(this.#context)
  }
}
