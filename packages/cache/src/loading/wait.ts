import { type EngineClock, never } from "../engine/clock.ts"
import { abortedError, absent, type Flight, timeoutError } from "./flight.ts"
import type { LoadSettings } from "./load-options.ts"
import { after } from "./time.ts"
import { whenAborted } from "./when-aborted.ts"

/** A value past its deadline that may stand in. */
export interface Stale<V> {
  readonly value: V
  /** Clock times until which it may be served while a load runs, and when a load fails. */
  readonly whileRevalidate: number
  readonly ifError: number
}

/** One caller's wait: ends with the flight, the caller's signal, or a timeout, whichever is first. */
export function wait<K, V>(
  flight: Flight<K, V>,
  settings: LoadSettings,
  stale: () => Stale<V> | undefined,
  clock: EngineClock,
  served: () => void,
): Promise<V> {
  const { signal, softTimeout, hardTimeout } = settings
  flight.enter()
  if (
    signal === undefined &&
    softTimeout === never &&
    hardTimeout === never &&
    settings.staleTtl === 0
  ) {
    return flight.promise
  }
  return new Promise<V>((resolve, reject) => {
    let over = false
    const end = (): boolean => {
      if (over) return false
      over = true
      stopListening()
      cancelSoft()
      cancelHard()
      return true
    }
    const serveOr = (error: unknown): void => {
      const found = stale()
      if (found === undefined || clock.now() >= found.ifError) reject(error)
      else {
        served()
        resolve(found.value)
      }
    }
    /** The load goes on for whoever comes next. */
    const leaveWith = (found: Stale<V> | undefined): void => {
      if (found === undefined || !end()) return
      flight.kept = true
      served()
      resolve(found.value)
    }
    const stopListening = whenAborted(signal, () => {
      if (!end()) return
      const error = abortedError(flight.key, signal!)
      reject(error)
      flight.leave(error)
    })
    const cancelSoft = after(clock, softTimeout, () => leaveWith(stale()))
    flight.hopes.push(() => {
      const found = stale()
      if (found !== undefined && clock.now() < found.whileRevalidate) leaveWith(found)
    })
    const cancelHard = after(clock, hardTimeout, () => {
      if (!end()) return
      const error = timeoutError(flight.key, hardTimeout)
      serveOr(error)
      flight.leave(error)
    })
    flight.promise.then(
      (value) => {
        if (end()) resolve(value)
      },
      (error) => {
        if (!end()) return
        // That there is no such value is an answer, no failure.
        if (error === absent) reject(error)
        else serveOr(error)
      },
    )
  })
}
