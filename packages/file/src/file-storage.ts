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
import { resolveDirectory } from "./directory.ts"
import { quarantine } from "./history/quarantine.ts"
import { scanEntries, scanKeys } from "./listing/scan.ts"
import { sweepLeftovers } from "./maintenance/sweep.ts"
import { checkFileStorageOptions, type FileStorageOptions } from "./options.ts"
import { CurrentValues } from "./reading/current-values.ts"
import { settle } from "./reading/settle.ts"
import { type FileContext, fileContext } from "./writing/context.ts"
import { KeyWriter } from "./writing/key-writer.ts"
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

  /** Resolves when every save that was called before is durable or has failed. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  protected async _read(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    this.#sweep()
    return this.#current.read(key, signal)
  }

  protected override async _stat(key: string): Promise<Entry | undefined> {
    return this.#current.stat(key)
  }

  protected async _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    this.#sweep()
    return this.#writer.save(key, bytes, request)
  }

  protected _delete(key: string, request: DeleteRequest): Promise<boolean> {
    return this.#writer.delete(key, request)
  }

  protected override _update(key: string, request: UpdateRequest): Promise<Entry> {
    this.#sweep()
    return update(this.#context, key, request, () => this.#current.read(key, request.signal))
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

  /** Removes, on first use, what processes that were killed left half written. */
  #sweep(): void {
    if (this.#isSwept) return
    this.#isSwept = true
    sweepLeftovers(this.#context)
  }
}
