import { throwIfAborted } from "@persist/core/options"
import type { Log } from "./log.ts"
import type { LogEntry } from "./log-entry.ts"
import { logError } from "./log-error.ts"
import { logMatcher } from "./log-query.ts"
import type { ReadLogOptions } from "./options.ts"

/** The entries of `log` that the options ask for, oldest first. @throws LogReplaced */
export async function* matchingEntries(
  log: Log,
  name: string,
  { tail, signal, ...query }: ReadLogOptions,
): AsyncGenerator<LogEntry, void, undefined> {
  const matches = logMatcher(query)
  const what = `Reading the log "${name}"`
  throwIfAborted(signal, what)
  if (tail !== undefined && tail > 0) {
    const known = await log.last?.(tail, matches).catch((error: unknown) => {
      throw logError("read", name, error)
    })
    throwIfAborted(signal, what)
    if (known !== undefined) return yield* known
  }
  const last: LogEntry[] = []
  for await (const entry of explained("read", name, log.entries())) {
    throwIfAborted(signal, what)
    if (!matches(entry)) continue
    if (tail === undefined) yield entry
    else if (tail > 0) {
      last.push(entry)
      if (last.length >= 2 * tail + 1024) last.splice(0, last.length - tail)
    }
  }
  if (tail !== undefined && tail > 0) yield* last.slice(-tail)
}

/** What the system says while a log is read comes as `ERR_PERSIST_IO`. */
export async function* explained<T>(
  action: string,
  name: string,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* source
  } catch (error) {
    throw logError(action, name, error)
  }
}
