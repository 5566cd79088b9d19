import {
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
import { Layout } from "./keys/layout.ts"
import { LongKeys } from "./keys/long-keys.ts"
import { scanEntries, scanKeys } from "./listing/scan.ts"
import { sweepLeftovers } from "./maintenance/sweep.ts"
import { checkFileStorageOptions, type FileStorageOptions } from "./options.ts"
import { CurrentValues } from "./reading/current-values.ts"
import { type FileContext, fileContext } from "./writing/context.ts"
import { flushedQueue } from "./writing/exit-flush.ts"
import { remove, removeSync } from "./writing/remove.ts"
import { replace } from "./writing/replace.ts"
import { replaceSync } from "./writing/replace-sync.ts"
import { isPlain, SaveBatch } from "./writing/save-batch.ts"
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
    watch: false,
  })
  /** Absolute path of the directory; created by the first save. */
  readonly directory: string
  readonly #context: FileContext
  readonly #current: CurrentValues
  readonly #queue = flushedQueue()
  #isSwept = false

  /** @throws `ERR_PERSIST_INVALID_OPTION`; nothing on the disk is touched. */
  constructor(options: FileStorageOptions = {}) {
    super(checkFileStorageOptions(options))
    this.directory = resolveDirectory(options)
    const longKeys = new LongKeys(this.directory)
    const layout = new Layout(this.directory, this.formats, longKeys)
    const { durability = "full", fileSystem } = options
    const { clock, logger } = this
    this.#context = fileContext({ layout, longKeys, durability, fileSystem, clock, logger })
    this.#current = new CurrentValues(layout)
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
    await this.#queue.idle()
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
    const context = this.#context
    if (!isPlain(request)) {
      return this.#queue.submit(key, {
        run: (claim) => replace(context, key, { content: bytes, request, claim }),
        runSync: () => replaceSync(context, key, bytes, request),
      })
    }
    const last = this.#queue.lastWaiting(key)
    if (last instanceof SaveBatch) return last.add(key, { bytes, request })
    const batch = new SaveBatch({
      write: (save, claim) =>
        replace(context, key, { content: save.bytes, request: save.request, claim }),
      writeSync: (save) => replaceSync(context, key, save.bytes, save.request),
    })
    const saved = batch.add(key, { bytes, request })
    // The batch tells everybody who waits for it; nobody waits for the job as such.
    this.#queue.submit(key, batch).catch(() => {})
    return saved
  }

  protected async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    return this.#queue.submit(key, {
      run: (claim) => remove(this.#context, key, request, claim),
      runSync: () => removeSync(this.#context, key, request),
    })
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

  protected override _quarantine(key: string, damaged: StoredValue): Promise<void> {
    return quarantine(this.#context, key, damaged)
  }

  protected override _readSync(key: string): StoredValue | undefined {
    return this.#current.readSync(key)
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    this.#sweep()
    // What was called before takes effect before.
    this.#queue.drainSync(key)
    return replaceSync(this.#context, key, bytes, request)
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
