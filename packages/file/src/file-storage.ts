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
import { History } from "./history/history.ts"
import { Layout } from "./keys/layout.ts"
import { LongKeys } from "./keys/long-keys.ts"
import { scanEntries, scanKeys } from "./listing/scan.ts"
import { checkFileStorageOptions, type FileStorageOptions } from "./options.ts"
import { CurrentValues } from "./reading/current-values.ts"
import { KeyQueue } from "./writing/key-queue.ts"
import { Writer } from "./writing/writer.ts"

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
  readonly #layout: Layout
  readonly #current: CurrentValues
  readonly #history: History
  readonly #writer: Writer
  readonly #queue = new KeyQueue()

  /** @throws `ERR_PERSIST_INVALID_OPTION`; nothing on the disk is touched. */
  constructor(options: FileStorageOptions = {}) {
    super(checkFileStorageOptions(options))
    this.directory = resolveDirectory(options)
    const longKeys = new LongKeys(this.directory)
    this.#layout = new Layout(this.directory, this.formats, longKeys)
    this.#current = new CurrentValues(this.#layout)
    this.#history = new History(this.#layout)
    this.#writer = new Writer({
      layout: this.#layout,
      longKeys,
      history: this.#history,
      durability: options.durability ?? "full",
      clock: this.clock,
    })
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
    return this.#current.read(key, signal)
  }

  protected override async _stat(key: string): Promise<Entry | undefined> {
    return this.#current.stat(key)
  }

  protected async _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    return this.#queue.run(key, () => this.#writer.write(key, bytes, request))
  }

  protected async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    return this.#queue.run(key, () => this.#writer.delete(key, request))
  }

  protected override async _update(key: string, request: UpdateRequest): Promise<Entry> {
    return this.#queue.run(key, async () => {
      const current = await this.#current.read(key, request.signal)
      const next = await request.next(current)
      const ifRevision = current?.entry.revision ?? null
      return this.#writer.write(key, next.bytes, { ...next.request, ifRevision })
    })
  }

  protected _entries(request: ScanRequest): AsyncIterable<Entry> {
    return scanEntries(this.#layout, request)
  }

  protected override _keys(request: ScanRequest): Promise<string[]> {
    return scanKeys(this.#layout, request)
  }

  protected override async _history(key: string): Promise<readonly HistoryEntry[]> {
    return this.#history.entries(key)
  }

  protected override _readHistory(
    key: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    return this.#history.read(key, id, signal)
  }

  protected override _readSync(key: string): StoredValue | undefined {
    return this.#current.readSync(key)
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    return this.#writer.writeSync(key, bytes, request)
  }

  protected override _historySync(key: string): readonly HistoryEntry[] {
    return this.#history.entries(key)
  }

  protected override _readHistorySync(key: string, id: string): StoredValue | undefined {
    return this.#history.readSync(key, id)
  }

  protected override async _close(): Promise<void> {
    await this.flush()
  }
}
