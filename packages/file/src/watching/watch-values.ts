import { join } from "node:path"
import type { Change, ScanRequest } from "@persist/core"
import type { Layout } from "../keys/layout.ts"
import { startingFolders } from "../listing/scan.ts"
import { scanKeysSync } from "../listing/scan-sync.ts"
import { ChangeStream } from "./change-stream.ts"
import { FolderEvents } from "./folder-events.ts"
import { SeenValues } from "./seen-values.ts"

/** How a watch looks at the disk. */
export interface WatchSettings {
  readonly layout: Layout
  /** Milliseconds between looks; undefined: the system tells. */
  readonly polling: number | undefined
  /** Called when the watch has ended. */
  readonly whenEnded: (watch: ValueWatch) => void
}

// A file that is written by hand passes through states that nobody meant: wait until it is quiet.
const quietFor = 15
const mostQuiet = 150
const usualPolling = 1_000
// A watch of more keys than this does not know which of them were there before.
const mostNoted = 20_000

/** Tells of changes of content below a prefix, made by anyone, each once. */
export class ValueWatch {
  readonly changes: ChangeStream
  readonly #settings: WatchSettings
  readonly #request: ScanRequest
  readonly #seen: SeenValues
  readonly #events: FolderEvents
  readonly #due = new Map<string, { readonly since: number; timer: NodeJS.Timeout }>()
  #poll: NodeJS.Timeout | undefined

  constructor(settings: WatchSettings, request: ScanRequest) {
    this.#settings = settings
    this.#request = request
    this.#seen = new SeenValues(settings.layout)
    this.changes = new ChangeStream(() => this.#end())
    this.#events = new FolderEvents(settings.layout.root, {
      file: (path) => this.#happened(path),
      gone: (folder) => this.#lookAtAll(this.#seen.keysIn(folder)),
      fail: () => this.#startPolling(usualPolling),
    })
    if (request.signal?.aborted) this.changes.end()
    else this.#beginOrEnd()
  }

  /** This storage saved `key` itself. */
  saved(key: string, path: string, revision: string, bytes: Uint8Array): void {
    if (!this.#covers(key)) return
    this.#tell(this.#seen.saved(key, revision, bytes))
    if (this.#events.addFolderOf(path)) this.#lookSoon(key)
  }

  /** This storage deleted `key` itself. */
  deleted(key: string): void {
    if (this.#covers(key)) this.#tell(this.#seen.deleted(key))
  }

  #beginOrEnd(): void {
    try {
      this.#begin()
    } catch (error) {
      this.changes.end()
      throw error
    }
  }

  #begin(): void {
    const { layout, polling } = this.#settings
    this.#request.signal?.addEventListener("abort", () => this.changes.end(), { once: true })
    // Watching first and looking then misses nothing.
    if (polling !== undefined) this.#startPolling(polling)
    else for (const folder of this.#folders()) this.#events.add(folder, false)
    const keys = scanKeysSync(layout, this.#request.prefix, mostNoted)
    this.#seen.isComplete = keys.length < mostNoted
    for (const key of keys) this.#seen.note(key)
  }

  #end(): void {
    this.#events.close()
    clearInterval(this.#poll)
    for (const { timer } of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
    this.#settings.whenEnded(this)
  }

  #folders(): string[] {
    const { layout } = this.#settings
    return startingFolders(layout, this.#request.prefix).map((folder) => join(layout.root, folder))
  }

  #happened(path: string): void {
    const key = this.#settings.layout.fileOf(path)?.key
    if (key !== undefined && this.#covers(key)) this.#lookSoon(key)
  }

  #lookSoon(key: string): void {
    const now = performance.now()
    const due = this.#due.get(key)
    const since = due?.since ?? now
    clearTimeout(due?.timer)
    const wait = now - since > mostQuiet ? 0 : quietFor
    this.#due.set(key, { since, timer: setTimeout(() => this.#look(key), wait) })
  }

  #look(key: string): void {
    this.#due.delete(key)
    this.#tell(this.#seen.check(key))
  }

  #lookAtAll(keys: Iterable<string>): void {
    for (const key of [...keys]) this.#look(key)
  }

  #startPolling(milliseconds: number): void {
    if (this.#poll !== undefined) return
    this.#events.close()
    this.#poll = setInterval(() => this.#lookAround(), milliseconds)
  }

  #lookAround(): void {
    let now: readonly string[] = []
    try {
      now = scanKeysSync(this.#settings.layout, this.#request.prefix, Number.POSITIVE_INFINITY)
    } catch {
      // A folder that cannot be read now may be readable the next time.
    }
    this.#lookAtAll(new Set([...this.#seen.keys, ...now]))
  }

  #covers(key: string): boolean {
    return key.startsWith(this.#request.prefix)
  }

  #tell(change: Change | undefined): void {
    if (change !== undefined) this.changes.push(change)
  }
}
