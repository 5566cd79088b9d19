import { kinds, leavable, PersistError, valuesCheck } from "@persist/core/options"
import type { FileNews } from "./load-config.ts"
import { patience, rest, Settling } from "./settling.ts"
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

/** Says whether what became of the files is no step of an edit. */
export type IsDone = (news: FileNews) => boolean

/** In a folder that never comes to rest the files are looked at so often. */
const longestUnrest = 500
/** The file system forgets to tell at times, as across mounts; then the files are looked at anyway. */
const lookAnyway = 2000

/** Watches the folders of files, and of what links lead to, which outlive every way of replacing a file. */
export class ConfigWatcher {
  readonly #paths: () => readonly string[]
  readonly #take: (isDone: IsDone) => Promise<boolean>
  readonly #listeners: Set<(changes: readonly ConfigChange[]) => void>

  /**
   * @param take Takes what others made of the files; false when that is to be tried again.
   * @param listeners Those that hear of every change, whoever of several watchers found it.
   */
  constructor(
    paths: () => readonly string[],
    take: (isDone: IsDone) => Promise<boolean>,
    listeners: Set<(changes: readonly ConfigChange[]) => void>,
  ) {
    this.#listeners = listeners
    this.#paths = paths
    this.#take = take
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
    const settling = new Settling()
    let reported: string | undefined
    let isStopped = false
    let unrestSince: number | undefined
    let againBy: number | undefined
    const soon = () => {
      if (isStopped) return
      const now = performance.now()
      unrestSince ??= now
      const due = Math.min(
        now + rest,
        unrestSince + longestUnrest,
        againBy ?? Number.POSITIVE_INFINITY,
      )
      clearTimeout(timer)
      timer = setTimeout(look, Math.max(0, due - now))
    }
    /** Whatever happens in the folder meanwhile: what is gone at two looks was there between them if they are far apart. */
    const again = () => {
      againBy = performance.now() + patience / 5
      clearTimeout(timer)
      if (!isStopped) timer = setTimeout(look, patience / 5)
    }
    const look = async () => {
      unrestSince = againBy = undefined
      if (!isStopped) folders.watch(this.#paths())
      let isGone = false
      try {
        const isTaken = await this.#take((news) => {
          isGone = news.gone.length > 0
          return settling.isDone(news)
        })
        if (!isTaken) return again()
        settling.mended()
        reported = undefined
      } catch (error) {
        const problem = problemOf(error)
        // What is wrong with what is gone has had its time.
        if (!isGone && !settling.isFinal(problem.message)) again()
        else if (reported !== problem.message && !isStopped) {
          reported = problem.message
          settling.reported()
          emit({ type: "error", error: problem })
        }
      }
    }
    folders.watch(this.#paths())
    const anyway = setInterval(soon, lookAnyway)
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
