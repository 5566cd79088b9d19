import type { Entry } from "./entry.ts"
import { wholeKey } from "./key.ts"
import { Storage } from "./storage.ts"
import { guardedSync } from "./storage-error.ts"
import { partsOf } from "./storage-parts.ts"
import { isTraced } from "./tracing.ts"

/** What is saved at once, and where. */
export interface BytesToSave {
  readonly subfolder: string
  readonly key: string
  /** Nobody changes them any more. */
  readonly bytes: Uint8Array
  /** The extension of a format that the storage knows, in which the bytes are. */
  readonly format: string
  /** As for `save`. */
  readonly ifRevision: string | null
}

/**
 * `Storage.save` of bytes before it returns, for packages that make the bytes themselves.
 *
 * @returns The entry, under the whole key; undefined where something would have to be waited for, and nothing has happened: call `save`.
 * @throws What `save` rejects with.
 */
export function saveAtOnce(storage: Storage, value: BytesToSave): Entry | undefined {
  // It may be another class's, a spy, or that of a second copy of this package.
  if (storage.save !== Storage.prototype.save) return undefined
  const { backend, codec, operations } = partsOf(storage)
  if (!backend.writesLater || isTraced("save")) return undefined
  const { key, bytes, format } = value
  const name = wholeKey(key, value.subfolder)
  operations.lifecycle.assertOpen("save")
  return guardedSync("save", name, () =>
    backend.writeAtOnce(name, bytes, codec.writeRequest(format, value)),
  )
}
