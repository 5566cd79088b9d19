import type { Change } from "@persist/core"

/** How the states of a table's keys are read. */
export interface StateSource {
  readonly signal: AbortSignal
  prepare(): Promise<void>
  read(): Promise<Map<string, string>>
  /** Without waiting, where possible: then nothing is missed between the call and the first look. */
  readNow(): Map<string, string> | undefined
  mark(): string | undefined
}

const interval = 30

/** compares the states of all keys whenever the database has changed. */
export function watchStates(source: StateSource): AsyncIterable<Change> {
  const { signal } = source
  const mark = signal.aborted ? undefined : source.mark()
  const known = signal.aborted ? undefined : source.readNow()
  return changes(source, known, mark)
}

async function* changes(
  source: StateSource,
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
      if (signal.aborted) return
      yield { type: "gap", key: "" }
    }
    while (!signal.aborted) {
      await pause(signal)
      if (signal.aborted) return
      const nextMark = source.mark()
      if (nextMark !== undefined && nextMark === mark) continue
      mark = nextMark
      const latest = await source.read()
      yield* difference(known!, latest)
      known = latest
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function* difference(
  known: ReadonlyMap<string, string>,
  latest: ReadonlyMap<string, string>,
): Generator<Change> {
  for (const [key, state] of latest) {
    if (known.get(key) === state) continue
    yield state.startsWith("-") ? { type: "delete", key } : { type: "save", key, revision: state }
  }
  for (const [key, state] of known) {
    if (!latest.has(key) && !state.startsWith("-")) yield { type: "delete", key }
  }
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
