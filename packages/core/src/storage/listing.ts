import { iterable, keyOf } from "./backend-mistake.ts"
import type { Change, Entry } from "./entry.ts"
import { compileGlob } from "./glob/glob.ts"
import { folderPrefix, isFolder, wholeKey } from "./key.ts"
import { checkList, checkWatch } from "./option-checks.ts"
import type { ListOptions, WatchOptions } from "./options.ts"
import { guarded, guardedSync } from "./storage-error.ts"
import { named, type StorageParts } from "./storage-parts.ts"
import { startWatch } from "./watch.ts"

/** The operations of a storage that look over many values: `list`, `entries`, `watch`. */
export class Listing {
  readonly #parts: StorageParts

  constructor(parts: StorageParts) {
    this.#parts = parts
  }

  async list(options: ListOptions): Promise<string[]> {
    const { backend, operations } = this.#parts
    const { prefix, matches, request } = this.#scan(options)
    const { signal } = request
    return operations.run("list", prefix, signal, async () => {
      const whole = await guarded("list", prefix, signal, () => backend.keys(request))
      const keys = prefix === "" ? whole : whole.map((key) => key.slice(prefix.length))
      return (matches ? keys.filter(matches) : keys).sort()
    })
  }

  entries(options: ListOptions): AsyncGenerator<Entry, void, undefined> {
    const { backend, operations } = this.#parts
    const { prefix, matches, request } = this.#scan(options)
    const { signal } = request
    operations.assertReady("entries", prefix, signal)
    const iterator = guardedSync("entries", prefix, () =>
      iterable("_entries", backend.entries(request))[Symbol.asyncIterator](),
    )
    const steps = operations.walk("entries", prefix, signal, iterator, { endsOnClose: false })
    return relativeEntries(steps, prefix, matches)
  }

  watch(options: WatchOptions): AsyncIterable<Change> {
    checkWatch(options)
    const { backend, operations } = this.#parts
    const prefix = folderPrefix(options.subfolder)
    const only = options.key === undefined ? undefined : wholeKey(options.key, options.subfolder)
    operations.require("watch", "watch")
    return startWatch(operations, prefix, only, options.signal, (request) =>
      guardedSync("watch", prefix, () => iterable("_watch", backend.watch(request))),
    )
  }

  #scan(options: ListOptions) {
    checkList(options)
    const { pattern, signal, subfolder } = options
    const prefix = folderPrefix(subfolder)
    if (pattern === undefined) return { prefix, matches: undefined, request: { prefix, signal } }
    const { matches, folder } = compileGlob(pattern)
    // No key lies in a folder such as "../": nothing matches, and no backend must be sent there.
    const narrowed = isFolder(folder) ? prefix + folder : prefix
    return { prefix, matches, request: { prefix: narrowed, signal } }
  }
}

async function* relativeEntries(
  entries: AsyncIterable<Entry>,
  prefix: string,
  matches: ((key: string) => boolean) | undefined,
): AsyncGenerator<Entry, void, undefined> {
  for await (const entry of entries) {
    const key = keyOf(entry).slice(prefix.length)
    if (matches === undefined || matches(key)) yield named(entry, key)
  }
}
