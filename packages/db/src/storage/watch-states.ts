import type { Change } from "@persist/core"
import type { Subscription } from "../engines/engine.ts"
import { Patience } from "./patience.ts"

/** What is known of all keys at one moment. */
export interface States {
  readonly states: ReadonlyMap<string, string>
  /** When the next one of them expires, which no change of the database tells. */
  readonly nextExpiry: number
}

/** How the states of a table's keys are read. */
export interface StateSource {
  readonly signal: AbortSignal
  prepare(): Promise<void>
  read(): Promise<States>
  /** Without waiting, where possible: then nothing is missed between the call and the first look. */
  readNow(): States | undefined
  /** The time by which values expire. */
  clock(): number
  /** Something that changes whenever the states may have; `undefined`: look every time. */
  mark(): string | undefined
  /** What costs less than `read` and is another one when that is; asked where there is no mark. */
  digest?(): Promise<string>
  /** Where the database tells of changes itself: calls `wake` at each. */
  subscribe?(wake: () => void): Promise<Subscription>
}

/** Milliseconds between two looks: at a mark, while the server is away, and beside a subscription. */
const pauses = { mark: 30, lost: 250, subscribed: 10_000 }
/** Where every look is a query: soon after a change, ever later while nothing happens. */
const [shortestPause, longestPause] = [100, 1_000]
/** So many times as long as a look at many keys took there is no other: it must leave time for the program's own work. */
const restAfterLook = 2
const longestRest = 5_000
/** Milliseconds that a look may take without a rest. */
const shortLook = 10
/** A digest may be the same by chance: so often the states are looked at whatever it says. */
const digestsToTrust = 30

/** Compares the states of all keys whenever the database has changed. */
export function watchStates(source: StateSource): AsyncIterable<Change> {
  const { signal } = source
  const mark = signal.aborted ? undefined : source.mark()
  const known = signal.aborted ? undefined : source.readNow()
  return changes(source, known, mark)
}

async function* changes(
  source: StateSource,
  first: States | undefined,
  firstMark: string | undefined,
): AsyncGenerator<Change, void, undefined> {
  const { signal } = source
  const bell = new Bell(signal)
  // One for each question: the digest may go well where the states never do.
  const [patience, lesser] = [new Patience(), new Patience()]
  let subscription: Subscription | undefined
  let known = first
  let mark = firstMark
  try {
    if (known === undefined && !signal.aborted) {
      const look = async () => {
        await source.prepare()
        subscription ??= await source.subscribe?.(() => bell.ring())
        return source.read()
      }
      known = await patience.of(look)
      while (known === undefined && !signal.aborted) {
        await bell.wait(pauses.lost)
        known = await patience.of(look)
      }
      if (signal.aborted) return
      yield { type: "gap", key: "" }
    }
    const fixed = subscription ? pauses.subscribed : mark === undefined ? undefined : pauses.mark
    let pause = shortestPause
    let isLost = false
    // A pooler that lends the server's connections for single transactions leaves nobody listening.
    let isDeaf = false
    let digest: string | undefined
    let trusted = 0
    while (!signal.aborted) {
      const untilExpiry = Math.max(known!.nextExpiry - source.clock(), 0)
      const usual = isDeaf ? pause : (fixed ?? pause)
      const isTold = await bell.wait(isLost ? pauses.lost : Math.min(usual, untilExpiry))
      if (signal.aborted) return
      const hasExpired = source.clock() >= known!.nextExpiry
      const nextMark = source.mark()
      if (nextMark !== undefined && nextMark === mark && !hasExpired) continue
      mark = nextMark
      pause = Math.min(pause * 1.5, longestPause)
      // The digest is taken before the states, so that it is never newer than they are.
      const digests = !subscription && source.digest !== undefined
      const nextDigest = digests ? await lesser.of(() => source.digest!()) : undefined
      const isSame = nextDigest !== undefined && nextDigest === digest
      if (isSame && !isLost && !hasExpired && ++trusted < digestsToTrust) continue
      trusted = 0
      digest = nextDigest
      const began = performance.now()
      const latest = await patience.of(() => source.read())
      const took = performance.now() - began
      if (latest === undefined) {
        isLost = true
        continue
      }
      const differences = [...difference(known!.states, latest.states)]
      // A timer may be early, and the value has expired only by the time it is looked at.
      const mayExpire = hasExpired || source.clock() >= known!.nextExpiry
      if (isTold) isDeaf = false
      else if (differences.length > 0 && !mayExpire && !isLost) isDeaf = subscription !== undefined
      if (isLost) yield { type: "gap", key: "" }
      isLost = false
      for (const change of differences) {
        pause = shortestPause
        yield change
      }
      known = latest
      if (took > shortLook) await bell.rest(Math.min(took * restAfterLook, longestRest))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await subscription?.end()
  }
}

/** The state of a key that never had a value. */
const nothing = "-"

function* difference(
  known: ReadonlyMap<string, string>,
  latest: ReadonlyMap<string, string>,
): Generator<Change> {
  for (const [key, state] of latest) {
    if (known.get(key) === state || (state === nothing && !known.has(key))) continue
    yield state.startsWith("-") ? { type: "delete", key } : { type: "save", key, revision: state }
  }
  for (const [key, state] of known) {
    if (!latest.has(key) && !state.startsWith("-")) yield { type: "delete", key }
  }
}

/** Something to wait at: until it rings, a time has passed, or the signal is aborted. */
class Bell {
  readonly #signal: AbortSignal
  #hasRung = false
  #done: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  ring(): void {
    this.#hasRung = true
    this.#done?.()
  }

  /** @returns Whether it rang. */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.#hasRung) await this.#pause(milliseconds, true)
    const hasRung = this.#hasRung
    this.#hasRung = false
    return hasRung
  }

  /** Waits, whether it rings or not; that is heard afterwards. */
  rest(milliseconds: number): Promise<void> {
    return this.#pause(milliseconds, false)
  }

  async #pause(milliseconds: number, hears: boolean): Promise<void> {
    if (this.#signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#signal.removeEventListener("abort", done)
        this.#done = undefined
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.#signal.addEventListener("abort", done)
      if (hears) this.#done = done
    })
  }
}
