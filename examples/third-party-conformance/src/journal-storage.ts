import { open, readFile, truncate } from "node:fs/promises"
import {
  checkFence,
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

/** One line of the journal; without bytes, the key was deleted. */
interface Line {
  readonly key: string
  readonly fence?: number | undefined
  readonly value?: {
    readonly format: string
    readonly revision: string
    readonly savedAt: number
    readonly base64: string
  }
}

/** What the journal comes to for one key. */
interface State {
  readonly stored: StoredValue | undefined
  /** The highest fencing token that the key was written with. */
  readonly fence: number | undefined
}

/** The journal as it was read, and what this storage has added. */
interface Journal {
  readonly states: Map<string, State>
  /** Where the half line of a process that died, or of a full disk, begins: it must not become the start of another. */
  tornAt: number | undefined
}

/** Values in one file, which every change adds a line to; for one process at a time. */
export class JournalStorage extends Storage {
  readonly supports: StorageSupport = Object.freeze({
    persistent: true,
    multiProcess: false,
    history: false,
    sync: false,
    ttl: false,
    fence: true,
    watch: false,
  })
  readonly path: string
  #journal: Promise<Journal> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, options: StorageOptions = {}) {
    super(options)
    this.path = path
  }

  protected override async _read(key: string): Promise<StoredValue | undefined> {
    const stored = (await this.#load()).states.get(key)?.stored
    // The bytes are the caller's from here on.
    return stored && { ...stored, bytes: Uint8Array.from(stored.bytes) }
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    const { format } = request
    const base64 = Buffer.from(bytes).toString("base64")
    return this.#change(key, request, () => {
      const value = { format, base64, revision: crypto.randomUUID(), savedAt: this.clock() }
      return { key, fence: request.fence, value }
    }).then(({ after }) => after.stored!.entry)
  }

  protected override async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    const { before } = await this.#change(key, request, ({ stored }) =>
      stored === undefined && request.fence === undefined
        ? undefined
        : { key, fence: request.fence },
    )
    return before.stored !== undefined
  }

  protected override async *_entries({ prefix }: ScanRequest): AsyncIterable<Entry> {
    for (const [key, { stored }] of (await this.#load()).states) {
      if (stored !== undefined && key.startsWith(prefix)) yield stored.entry
    }
  }

  /** Decides and writes while nobody else does, one change after the other. */
  #change(
    key: string,
    { fence, ifRevision }: Pick<WriteRequest, "fence" | "ifRevision">,
    line: (before: State) => Line | undefined,
  ): Promise<{ readonly before: State; readonly after: State }> {
    const change = this.#last.then(async () => {
      const journal = await this.#load()
      const { states } = journal
      const before = states.get(key) ?? { stored: undefined, fence: undefined }
      checkFence(key, fence, before.fence)
      if (ifRevision !== undefined && ifRevision !== (before.stored?.entry.revision ?? null)) {
        throw new PersistError("ERR_PERSIST_CONFLICT", `"${key}" was changed meanwhile.`, { key })
      }
      const next = line(before)
      if (next === undefined) return { before, after: before }
      await this.#append(journal, Buffer.from(`${JSON.stringify(next)}\n`))
      const after = stateAfter(before, next)
      states.set(key, after)
      return { before, after }
    })
    this.#last = change.catch(() => {})
    return change
  }

  async #append(journal: Journal, line: Uint8Array): Promise<void> {
    // By its path: Windows cuts no file that is open to append.
    if (journal.tornAt !== undefined) await truncate(this.path, journal.tornAt)
    await using file = await open(this.path, "a")
    journal.tornAt = (await file.stat()).size
    await file.appendFile(line)
    await file.sync()
    journal.tornAt = undefined
  }

  #load(): Promise<Journal> {
    this.#journal ??= readJournal(this.path)
    return this.#journal
  }
}

async function readJournal(path: string): Promise<Journal> {
  const states = new Map<string, State>()
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0)
    throw error
  })
  const end = bytes.lastIndexOf("\n") + 1
  for (const line of bytes.toString("utf8", 0, end).split("\n").slice(0, -1)) {
    const change = JSON.parse(line) as Line
    const before = states.get(change.key) ?? { stored: undefined, fence: undefined }
    states.set(change.key, stateAfter(before, change))
  }
  return { states, tornAt: end < bytes.length ? end : undefined }
}

function stateAfter(before: State, { key, value, fence = before.fence }: Line): State {
  if (value === undefined) return { stored: undefined, fence }
  const { base64, savedAt, ...rest } = value
  const bytes = Buffer.from(base64, "base64")
  const entry = { key, size: bytes.length, savedAt: new Date(savedAt), ...rest }
  return { stored: { bytes, entry: fence === undefined ? entry : { ...entry, fence } }, fence }
}
