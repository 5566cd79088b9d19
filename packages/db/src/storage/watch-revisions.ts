import type { Change } from "@persist/core"

/** How the revisions of a table are read. */
export interface RevisionSource {
  readonly signal: AbortSignal
  prepare(): Promise<void>
  read(): Promise<Map<string, string>>
  /** Without waiting, where possible: then nothing is missed between the call and the first look. */
  readNow(): Map<string, string> | undefined
  mark(): string | undefined
}

const interval = 30

/** Compares the revisions of all keys whenever the database has changed. */
export function watchRevisions(source: RevisionSource): AsyncIterable<Change> {
  const { signal } = source
  const mark = signal.aborted ? undefined : source.mark()
  const known = signal.aborted ? undefined : source.readNow()
  return changes(source, known, mark)
}

async function* changes(
  source: RevisionSource,
  first: Map<string, string> | undefined,
  firstMark: string | undefined,
): AsyncGenerator<Change, void, undefined> {
  const { signal } = source
  let known = first
  let mark = firstMark
  try {
    if (known === undefined && !signal.aborted) {
      await source.prepare()
      known = await source.read()
      yield { type: "gap", key: "" }
    }
    while (!signal.aborted) {
      await pause(signal)
      if (signal.aborted) return
      const latest = source.mark()
      if (latest !== undefined && latest === mark) continue
      mark = latest
      const revisions = await source.read()
      yield* difference(known!, revisions)
      known = revisions
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function* difference(
  known: ReadonlyMap<string, string>,
  revisions: ReadonlyMap<string, string>,
): Generator<Change> {
  for (const [key, revision] of revisions) {
    if (known.get(key) !== revision) yield { type: "save", key, revision }
  }
  for (const key of known.keys()) if (!revisions.has(key)) yield { type: "delete", key }
}

/** Waits for the next look, or for the end. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, interval)
    signal.addEventListener("abort", done)
  })
}
