import { kinds, leavable, PersistError, valuesCheck } from "@persist/core/options"
import type { FileNews } from "./load-config.ts"
import { WatchedFolders } from "./watched-folders.ts"

/** One value that is not what it was. */
export interface ConfigChange {
  /** Dotted. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/** What `watch` reports: a valid edit once, or why an edit is not taken. */
export type ConfigEvent =
  | { readonly type: "change"; readonly changes: readonly ConfigChange[] }
  | { readonly type: "error"; readonly error: PersistError }

/** Options of `watch`. */
export interface WatchConfigOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined
}

export const checkWatch: (options: WatchConfigOptions) => void = valuesCheck<WatchConfigOptions>(
  "watch",
  { signal: kinds.signal },
)

/** Editors write a file in several steps; what they leave is looked at after this many milliseconds of rest. */
const rest = 75
/** In a folder that never comes to rest the files are looked at so often. */
const longestUnrest = 500
/**
 * A file that cannot be read, or that is gone or empty, as it is while some editors save it, is tried again for
 * so long before that is believed.
 */
const patience = 500
/** A file that is wrong in another way at every look is being written; that may take so long. */
const longestWriting = 2000
/** The file system forgets to tell at times, as across mounts; then the files are looked at anyway. */
const lookAnyway = 2000

/** Watches the folders of files, and of what links lead to, which outlive every way of replacing a file. */
export class ConfigWatcher {
  readonly #paths: () => readonly string[]
  readonly #news: () => FileNews
  readonly #reload: () => Promise<unknown>
  readonly #listeners: Set<(changes: readonly ConfigChange[]) => void>

  /** @param listeners Those that hear of every change, whoever of several watchers found it. */
  constructor(
    paths: () => readonly string[],
    news: () => FileNews,
    reload: () => Promise<unknown>,
    listeners: Set<(changes: readonly ConfigChange[]) => void>,
  ) {
    this.#listeners = listeners
    this.#paths = paths
    this.#news = news
    this.#reload = reload
  }

  /** Begins now, not at the first look, so that nothing in between is missed. */
  events(signal: AbortSignal | undefined): AsyncIterable<ConfigEvent> {
    const waiting: ConfigEvent[] = []
    let wake: () => void = () => {}
    const emit = (event: ConfigEvent) => {
      waiting.push(event)
      wake()
    }
    const hear = (changes: readonly ConfigChange[]) => emit({ type: "change", changes })
    this.#listeners.add(hear)
    const unwatch = this.#start(emit)
    let hasEnded = false
    const end = () => {
      hasEnded = true
      signal?.removeEventListener("abort", end)
      this.#listeners.delete(hear)
      unwatch()
      wake()
    }
    if (signal?.aborted) end()
    else signal?.addEventListener("abort", end, { once: true })
    async function* steps(): AsyncGenerator<ConfigEvent, void, undefined> {
      while (!hasEnded) {
        const event = waiting.shift()
        if (event !== undefined) yield event
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    }
    return leavable(steps(), end)
  }

  #start(emit: (event: ConfigEvent) => void): () => void {
    const folders = new WatchedFolders(() => soon())
    let timer: NodeJS.Timeout | undefined
    let bad: { readonly why: string; readonly since: number; readonly first: number } | undefined
    let reported: string | undefined
    let isStopped = false
    let unrestSince: number | undefined
    const soon = (delay = rest) => {
      if (isStopped) return
      const now = performance.now()
      unrestSince ??= now
      clearTimeout(timer)
      timer = setTimeout(look, Math.max(0, Math.min(delay, unrestSince + longestUnrest - now)))
    }
    const isFinal = (why: string) => {
      const now = performance.now()
      if (bad?.why !== why) bad = { why, since: now, first: bad?.first ?? now }
      return now - bad.since >= patience || now - bad.first >= longestWriting
    }
    const look = async () => {
      unrestSince = undefined
      if (!isStopped) folders.watch(this.#paths())
      let news: FileNews = "none"
      try {
        news = this.#news()
        if (news === "gone" && !isFinal(news)) return soon(patience / 5)
        if (news !== "none") await this.#reload()
        reported = bad = undefined
      } catch (error) {
        const problem = problemOf(error)
        // What is wrong with what is gone has had its time.
        if (!isFinal(news === "gone" ? news : problem.message)) soon(patience / 5)
        else if (reported !== problem.message && !isStopped) {
          reported = problem.message
          // What is wrong next has all its time again.
          bad &&= { ...bad, first: Number.POSITIVE_INFINITY }
          emit({ type: "error", error: problem })
        }
      }
    }
    folders.watch(this.#paths())
    const anyway = setInterval(() => soon(), lookAnyway)
    return () => {
      isStopped = true
      clearTimeout(timer)
      clearInterval(anyway)
      folders.close()
    }
  }
}

function problemOf(error: unknown): PersistError {
  if (PersistError.is(error)) return error
  return new PersistError("ERR_PERSIST_IO", `The configuration cannot be read: ${String(error)}`, {
    cause: error,
  })
}
