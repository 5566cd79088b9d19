import { close, closeSync, createReadStream, type ReadStream, read } from "node:fs"
import { PersistError } from "@persist/core"
import { abortedError, whenAborted } from "@persist/core/options"
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
      const { descriptor } = await openSoon(path, signal)
      if (signal?.aborted) {
        closeSync(descriptor)
        throw abortedError(signal, `Loading "${key}"`)
      }
      return streamOf(key, path, descriptor, signal)
    } catch (error) {
      if (attempt === mostAttempts || !isElsewhere(error)) throw error
    }
  }
}

/** A stream of what is open as `fd`; what ends it early is what ends a `load`. */
function streamOf(
  key: string,
  path: string,
  fd: number,
  signal: AbortSignal | undefined,
): ReadStream {
  /** The call of the file system, whose failure is that of loading the value. */
  const telling =
    (work: typeof read | typeof close) =>
    (...call: unknown[]): void => {
      const done = call.pop() as (error: Error | null, ...answer: unknown[]) => void
      const told = (error: Error | null, ...answer: unknown[]) =>
        done(error && loadError(key, path, error), ...answer)
      Reflect.apply(work, undefined, [...call, told])
    }
  const calls = { read: telling(read) as typeof read, close: telling(close) as typeof close }
  const stream = createReadStream("", { fd, fs: calls })
  const abort = () => void stream.destroy(abortedError(signal!, `Loading "${key}"`))
  const stop = signal && whenAborted(signal, abort)
  forgotten.register(stream, fd, stream)
  return stream.once("close", () => {
    forgotten.unregister(stream)
    stop?.()
  })
}

function loadError(key: string, path: string, cause: Error): PersistError {
  const message = `Cannot load "${key}": ${cause.message}`
  return new PersistError("ERR_PERSIST_IO", message, { cause, key, path })
}

function missingCopy(key: string, id: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `"${key}" has no version or backup ${JSON.stringify(id).slice(0, 100)}.`,
    { key },
  )
}
