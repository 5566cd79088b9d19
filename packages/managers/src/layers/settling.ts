import { statSync } from "node:fs"
import type { FileNews } from "./load-config.ts"

/** A file that was written less than so many milliseconds ago may be written on. */
export const rest = 75
/**
 * A file that cannot be read, or that is gone or empty, as it is while some editors save it, is tried again for
 * so long before that is believed.
 */
export const patience = 500
/** A file that is wrong in another way at every look, or written on at each, is being written; that may take so long. */
const longestWriting = 2000

/** Tells what others made of files from the steps in which they make it. */
export class Settling {
  #bad: { readonly why: string; readonly since: number; readonly first: number } | undefined
  readonly #goneSince = new Map<string, number>()
  #writtenSince: number | undefined

  /** Whether every file is as it shall be: none is written just now, and none went a moment ago. */
  isDone({ changed, gone }: FileNews): boolean {
    const now = performance.now()
    for (const path of this.#goneSince.keys()) {
      if (!gone.includes(path)) this.#goneSince.delete(path)
    }
    for (const path of gone) {
      if (!this.#goneSince.has(path)) this.#goneSince.set(path, now)
    }
    if (gone.some((path) => now - this.#goneSince.get(path)! < patience)) return false
    this.#writtenSince = changed.some(isFresh) ? (this.#writtenSince ?? now) : undefined
    return this.#writtenSince === undefined || now - this.#writtenSince >= longestWriting
  }

  /** Whether what is wrong has been so for long enough. */
  isFinal(why: string): boolean {
    const now = performance.now()
    if (this.#bad?.why !== why) this.#bad = { why, since: now, first: this.#bad?.first ?? now }
    return now - this.#bad.since >= patience || now - this.#bad.first >= longestWriting
  }

  /** What is wrong next has all its time again. */
  reported(): void {
    this.#bad &&= { ...this.#bad, first: Number.POSITIVE_INFINITY }
  }

  /** Nothing is wrong any more. */
  mended(): void {
    this.#bad = undefined
  }
}

/**
 * Tells when a file can be edited: one that went or was emptied may be about to get what somebody saves, and an edit
 * of nothing would take its place. Any other file can be at once.
 */
export class Gap {
  readonly #settling = new Settling()
  #wasSeen = false

  /** Whether the file, of which others made `news`, is no step of a save that began with nothing. */
  isOver(news: FileNews): boolean {
    this.#wasSeen ||= news.gone.length > 0
    return !this.#wasSeen || this.#settling.isDone(news)
  }
}

/** Whether a file was written a moment ago, by the clock of the file system if that goes as ours does. */
function isFresh(path: string): boolean {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  const age = Date.now() - (written ?? 0)
  return age >= 0 && age < rest
}
