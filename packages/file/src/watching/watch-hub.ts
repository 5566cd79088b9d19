import type { Change, ScanRequest } from "@persist/core"
import type { Layout } from "../keys/layout.ts"
import { type FileFacts, revisionOf } from "../reading/revision.ts"
import { ValueWatch } from "./watch-values.ts"

/** The watches of one storage, which hears of its own changes before the system tells of them. */
export class WatchHub {
  readonly #layout: Layout
  readonly #polling: number | undefined
  readonly #watches = new Set<ValueWatch>()

  /** @param polling Milliseconds between looks; undefined: the system tells. */
  constructor(layout: Layout, polling: number | undefined) {
    this.#layout = layout
    this.#polling = polling
  }

  watch(request: ScanRequest): AsyncIterable<Change> {
    const whenEnded = (ended: ValueWatch) => this.#watches.delete(ended)
    const settings = { layout: this.#layout, polling: this.#polling, whenEnded }
    const watch = new ValueWatch(settings, request)
    if (!request.signal?.aborted) this.#watches.add(watch)
    return watch.changes
  }

  /** This storage replaced the content of `key`, in the file at `path`, absolute. */
  saved(key: string, path: string, facts: FileFacts, content: unknown): void {
    if (this.#watches.size === 0 || !(content instanceof Uint8Array)) return
    const revision = revisionOf(facts)
    for (const watch of this.#watches) watch.saved(key, path, revision, content)
  }

  /** This storage removed `key`. */
  deleted(key: string): void {
    for (const watch of this.#watches) watch.deleted(key)
  }
}
