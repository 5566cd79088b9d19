import { createReadStream, type ReadStream } from "node:fs"
import { open } from "node:fs/promises"
import { PersistError } from "@persist/core"
import { isMissing } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import type { FileContext } from "../writing/context.ts"

// How often a value may move away between looking and opening.
const mostAttempts = 20

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
      const fd = await open(path, "r")
      return createReadStream("", signal ? { fd, signal } : { fd })
    } catch (error) {
      if (attempt === mostAttempts || !isMissing(error)) throw error
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
