import {
  type DeleteRequest,
  type Entry,
  PersistError,
  type ScanRequest,
  Storage,
  type StorageOptions,
  type StorageSupport,
  type StoredValue,
  type WriteRequest,
} from "@persist/core"

/** What we need of `localStorage`, `sessionStorage` or anything shaped like them. */
export interface WebArea {
  readonly length: number
  key(index: number): string | null
  getItem(name: string): string | null
  setItem(name: string, text: string): void
  removeItem(name: string): void
}

/** How one value lies in the area. */
interface Row extends Omit<Entry, "savedAt"> {
  readonly savedAt: number
  readonly base64: string
}

/** The whole storage contract over a web storage area. */
export class WebStorage extends Storage {
  readonly supports: StorageSupport = Object.freeze({
    persistent: true,
    multiProcess: false,
    history: false,
    sync: false,
    ttl: false,
    fence: false,
    watch: false,
  })
  readonly #area: WebArea

  constructor(area: WebArea, options: StorageOptions = {}) {
    super(options)
    this.#area = area
  }

  protected override async _read(key: string): Promise<StoredValue | undefined> {
    const text = this.#area.getItem(key)
    if (text === null) return undefined
    const { base64, savedAt, ...row } = JSON.parse(text) as Row
    return { bytes: Buffer.from(base64, "base64"), entry: { ...row, savedAt: new Date(savedAt) } }
  }

  protected override async _write(
    key: string,
    bytes: Uint8Array,
    { format, ifRevision }: WriteRequest,
  ): Promise<Entry> {
    this.#expect(key, ifRevision)
    const entry = { key, size: bytes.length, revision: crypto.randomUUID(), format }
    const savedAt = this.clock()
    const row: Row = { ...entry, savedAt, base64: Buffer.from(bytes).toString("base64") }
    this.#area.setItem(key, JSON.stringify(row))
    return { ...entry, savedAt: new Date(savedAt) }
  }

  protected override async _delete(key: string, { ifRevision }: DeleteRequest): Promise<boolean> {
    this.#expect(key, ifRevision)
    const existed = this.#area.getItem(key) !== null
    this.#area.removeItem(key)
    return existed
  }

  protected override async *_entries({ prefix }: ScanRequest): AsyncIterable<Entry> {
    const names = Array.from({ length: this.#area.length }, (_, index) => this.#area.key(index)!)
    for (const name of names.filter((name) => name.startsWith(prefix))) {
      const stored = await this._read(name)
      if (stored) yield stored.entry
    }
  }

  /** Compares and writes in one turn of the event loop: nobody comes in between. */
  #expect(key: string, ifRevision: string | null | undefined): void {
    if (ifRevision === undefined) return
    const text = this.#area.getItem(key)
    const revision = text === null ? null : (JSON.parse(text) as Row).revision
    if (revision === ifRevision) return
    throw new PersistError("ERR_PERSIST_CONFLICT", `"${key}" was changed by somebody else.`, {
      key,
    })
  }
}
