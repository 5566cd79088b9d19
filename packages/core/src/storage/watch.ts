import { leavable } from "../leavable.ts"
import type { Change } from "./entry.ts"
import type { Operations } from "./operations.ts"
import type { ScanRequest } from "./primitives.ts"
import { isAbortError } from "./storage-error.ts"

/**
 * Starts a watch at once: the backend's first step is taken now, not when the caller first waits,
 * so that a change made right after the call is seen.
 */
export function startWatch(
  operations: Operations,
  prefix: string,
  only: string | undefined,
  signal: AbortSignal | undefined,
  watch: (request: ScanRequest) => AsyncIterable<Change>,
): AsyncIterable<Change> {
  const { lifecycle } = operations
  const left = new AbortController()
  const ends = AbortSignal.any([lifecycle.closed, left.signal, ...(signal ? [signal] : [])])
  const source = unlessRefused(left, () => watch({ prefix, signal: ends })[Symbol.asyncIterator]())
  const finish = () => void lifecycle.finish(iterator).catch(() => {})
  const iterator = begun(source, ends, () => {
    signal?.removeEventListener("abort", finish)
    left.abort()
  })
  lifecycle.hold(iterator)
  if (ends.aborted) finish()
  else signal?.addEventListener("abort", finish, { once: true })
  const changes = operations.walk("watch", prefix, signal, iterator, { endsOnClose: true })
  return leavable(relativeChanges(changes, prefix, only), () => {
    left.abort()
    finish()
  })
}

/** What `begin` gives; when it throws, whoever listens to the signal of `left` hears of the end. */
function unlessRefused<T>(left: AbortController, begin: () => T): T {
  try {
    return begin()
  } catch (error) {
    left.abort()
    throw error
  }
}

/**
 * `source` with its first step taken; an abort by `ends` ends it, however the backend puts it. Whichever way
 * it ends, `whenEnded` is called.
 */
function begun<T>(
  source: AsyncIterator<T>,
  ends: AbortSignal,
  whenEnded: () => void,
): AsyncIterator<T> {
  const next = async (): Promise<IteratorResult<T>> => {
    try {
      const step = await source.next()
      if (step.done) whenEnded()
      return step
    } catch (error) {
      const isAbort = ends.aborted && (error === ends.reason || isAbortError(error))
      whenEnded()
      if (!isAbort) throw error
      return { done: true, value: undefined }
    }
  }
  let first: Promise<IteratorResult<T>> | undefined = next()
  // The caller meets this failure at the first step; until then it is nobody's.
  first.catch(() => {})
  return {
    next() {
      const step = first ?? next()
      first = undefined
      return step
    },
    async return() {
      whenEnded()
      await source.return?.()
      return { done: true, value: undefined }
    },
  }
}

async function* relativeChanges(
  changes: AsyncIterable<Change>,
  prefix: string,
  only: string | undefined,
): AsyncGenerator<Change, void, undefined> {
  for await (const change of changes) {
    if (change.type === "gap") yield change
    else if (only === undefined || change.key === only) {
      yield { ...change, key: change.key.slice(prefix.length) }
    }
  }
}
