import { contentLetGo, othersTurn } from "@persist/atomic/waiting"
import {
  type Change,
  type DeleteRequest,
  type Entry,
  type HistoryEntry,
  RunningChanges,
  type ScanRequest,
  Storage,
  type StorageSupport,
  type StoredValue,
  type UpdateRequest,
  type WriteRequest,
} from "@persist/core"
import { chosenDirectory } from "./directory.ts"
import { quarantine } from "./history/quarantine.ts"
import { checkFormat } from "./keys/layout.ts"
import { scanEntries, scanKeys } from "./listing/scan.ts"
import { assertOwnFolders, sweepLeftovers } from "./maintenance/sweep.ts"
import { checkFileStorageOptions, type FileStorageOptions } from "./options.ts"
import { CurrentValues } from "./reading/current-values.ts"
import { settle } from "./reading/settle.ts"
import { bytesSerializer } from "./streams/bytes-serializer.ts"
import { type FileContext, fileContext } from "./writing/context.ts"
import { KeyWriter } from "./writing/key-writer.ts"
import { update } from "./writing/update.ts"

/** The contract on files, and waiting for what is under way; what files can do beyond it is in `FileStorage`. */
export abstract class FileBackend extends Storage {
  readonly supports: StorageSupport = Object.freeze({
    persistent: true,
    multiProcess: true,
    history: true,
    sync: true,
    ttl: false,
    fence: true,
    watch: true,
  })
  protected override readonly _writesLater = true
  /** Absolute path of the directory; created by the first save. */
  readonly directory: string
  protected readonly context: FileContext
  protected readonly current: CurrentValues
  protected readonly writer: KeyWriter
  readonly #changes = new RunningChanges()
  #isSwept = false

  /** @throws `ERR_PERSIST_INVALID_OPTION`; nothing on the disk is touched. */
  constructor(options: FileStorageOptions = {}) {
    super(checkFileStorageOptions(options))
    this.directory = chosenDirectory(options)
    const { clock, logger, formats } = this
    formats.add(bytesSerializer)
    formats.restrict(checkFormat)
    this.context = fileContext(this.directory, options, { clock, logger, formats })
    this.writer = new KeyWriter(this.context)
    this.current = new CurrentValues(this.context.layout)
  }

  /** `Storage.close`. @throws Also `ERR_PERSIST_SESSION` in the change of an update, which it waits for (Node 24). */
  override async close(): Promise<void> {
    this.#changes.assertOutside("close")
    await super.close()
  }

  /**
   * Resolves when every save that was called before is durable or has failed.
   *
   * @throws `ERR_PERSIST_SESSION` in the change of an update, which it waits for (Node 24).
   */
  async flush(): Promise<void> {
    this.#changes.assertOutside("flush")
    await this.writer.flush()
  }

  protected async _read(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    this.sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.current.read(key, signal)
  }

  protected override async _stat(key: string): Promise<Entry | undefined> {
    this.sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    const entry = this.current.stat(key)
    const fence = entry && this.context.fences.known(key)
    return fence === undefined ? entry : { ...entry!, fence }
  }

  protected async _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    this.sweep()
    const saved = this.writer.save(key, bytes, request)
    // Saves keep their order: it is the caller who waits.
    const turn = othersTurn()
    if (turn !== undefined) await Promise.allSettled([turn, saved])
    return await saved
  }

  protected override _writeAtOnce(
    key: string,
    bytes: Uint8Array,
    request: WriteRequest,
  ): Entry | undefined {
    // A subclass may have its own.
    if (this._write !== FileBackend.prototype._write) return undefined
    this.sweep()
    return othersTurn() === undefined ? this.writer.saveAtOnce(key, bytes, request) : undefined
  }

  protected async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    this.sweep()
    const deleted = this.writer.delete(key, request)
    const turn = othersTurn()
    if (turn !== undefined) await Promise.allSettled([turn, deleted])
    return deleted
  }

  protected override async _update(key: string, request: UpdateRequest): Promise<Entry> {
    this.sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    const read = () => this.current.read(key, request.signal)
    return this.writer.track(
      update(this.context, key, this.#changes.noted(this, key, request), read),
    )
  }

  protected _entries(request: ScanRequest): AsyncIterable<Entry> {
    this.sweep()
    return scanEntries(this.context.layout, request)
  }

  protected override _keys(request: ScanRequest): Promise<string[]> {
    this.sweep()
    return scanKeys(this.context.layout, request)
  }

  protected override _watch(request: ScanRequest): AsyncIterable<Change> {
    return this.context.watches.watch(request)
  }

  protected override async _history(key: string): Promise<readonly HistoryEntry[]> {
    this.sweep()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.context.history.entries(key)
  }

  protected override _readHistory(
    key: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    return this.context.history.read(key, id, signal)
  }

  protected override _settle(
    key: string,
    damaged: StoredValue,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    return settle(this.current, key, damaged, signal)
  }

  protected override _quarantine(key: string, damaged: StoredValue): Promise<void> {
    return quarantine(this.context, key, damaged)
  }

  protected override _readSync(key: string): StoredValue | undefined {
    this.sweep()
    return this.current.readSync(key)
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    this.sweep()
    return this.writer.saveSync(key, bytes, request)
  }

  protected override _historySync(key: string): readonly HistoryEntry[] {
    return this.context.history.entries(key)
  }

  protected override _readHistorySync(key: string, id: string): StoredValue | undefined {
    return this.context.history.readSync(key, id)
  }

  protected override async _close(): Promise<void> {
    await this.writer.flush()
    this.context.locks.close()
    // Who has closed a storage may want to unmount its disk.
    await this.context.spent.close()
    await contentLetGo()
  }

  /** Removes, on first use, what processes that were killed left half written. */
  protected sweep(): void {
    if (this.#isSwept) return
    assertOwnFolders(this.context)
    this.#isSwept = true
    sweepLeftovers(this.context)
  }
}
