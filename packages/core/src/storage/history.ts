import { PersistError } from "@persist/atomic"
import { describeValue } from "../values/plain.ts"
import type { Entry, HistoryEntry, HistoryKind } from "./entry.ts"
import { isHistoryId } from "./history-id.ts"
import { wholeKey } from "./key.ts"
import { checkRestore, checkStat } from "./option-checks.ts"
import type { RestoreOptions, StatOptions } from "./options.ts"
import { missingCopy } from "./recovery.ts"
import { guarded } from "./storage-error.ts"
import { named, type StorageParts } from "./storage-parts.ts"

/** The operations of a storage on versions and backups. */
export class History {
  readonly #parts: StorageParts

  constructor(parts: StorageParts) {
    this.#parts = parts
  }

  async copies(kind: HistoryKind, key: string, options: StatOptions): Promise<HistoryEntry[]> {
    checkStat(options)
    const { backend, operations } = this.#parts
    const { signal } = options
    const operation = `${kind}s` as const
    const name = wholeKey(key, options.subfolder)
    operations.require("history", operation)
    return operations.run(operation, name, signal, async () => {
      const history = await guarded(operation, name, signal, () => backend.history(name, signal))
      return history.filter((entry) => entry.kind === kind)
    })
  }

  async restore(key: string, id: string, options: RestoreOptions): Promise<Entry> {
    checkRestore(options)
    const { backend, codec, operations } = this.#parts
    const { signal, backup = true, fence } = options
    const name = wholeKey(key, options.subfolder)
    if (typeof id !== "string") {
      const message = `restore of "${name}": the id is ${describeValue(id)}; give that of a version or backup.`
      throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message, { key: name })
    }
    operations.require("history", "restore")
    if (fence !== undefined) operations.require("fence", "restore")
    return operations.run("restore", name, signal, () =>
      guarded("restore", name, signal, async () => {
        const copy = isHistoryId(id) ? await backend.readHistory(name, id, signal) : undefined
        if (copy === undefined) throw missingCopy(name, id)
        codec.assertWhole(name, copy)
        const request = codec.writeRequest(copy.entry.format, { backup, fence, signal })
        return named(await backend.write(name, copy.bytes, request), key)
      }),
    )
  }
}
