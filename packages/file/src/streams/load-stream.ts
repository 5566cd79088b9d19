import { closeSync, createReadStream, type ReadStream } from "node:fs"
import { PersistError } from "@persist/core"
import { isElsewhere } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import { openSoon } from "../reading/read-file.ts"
import type { FileContext } from "../writing/context.ts"

// How often a value may move away between looking and opening.
const mostAttempts = 20

// Not a FileHandle: one that is collected open, with a stream that nobody read, ends the process on Node 26.
const forgotten = new FinalizationRegistry<number>(closeSync)

/**
 * The bytes of a value as they are at this moment: the stream goes on with them when the value is
 * replaced meanwhile.
 *
 * @throws `ERR_PERSIST_NOT_FOUND` when there is no such version.
 */
export async function loadStream(
  context: FileContext,
  key: string,
  version: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadStream | undefined> {
  for (let attempt = 1; ; attempt++) {
    const path =
      version === undefined
        ? locateAll(context.layout, key)[0]?.path
        : context.history.find(key, version)?.path
    if (path === undefined) {
      if (version === undefined) return undefined
      throw missingCopy(key, version)
    }
    try {
      const { descriptor: fd } = await openSoon(path, signal)
      const stream = createReadStream("", signal ? { fd, signal } : { fd })
      forgotten.register(stream, fd, stream)
      return stream.once("close", () => forgotten.unregister(stream))
    } catch (error) {
      if (attempt === mostAttempts || !isElsewhere(error)) throw error
    }
  }
}

function missingCopy(key: string, id: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `"${key}" has no version or backup ${JSON.stringify(id).slice(0, 100)}.`,
    { key },
  )
}
