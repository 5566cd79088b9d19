import { getEventListeners } from "node:events"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

// What is collected in one turn is let go of in a later one.
const mostTurns = 10

/** How many listeners stay on `signal`; those that go with the garbage, as `fetch` leaves them, are none. */
export async function listenersLeft(signal: AbortSignal): Promise<number> {
  const count = () => getEventListeners(signal, "abort").length
  if (count() === 0) return 0
  setFlagsFromString("--expose-gc")
  const collectGarbage: () => void = runInNewContext("gc")
  for (let turns = 0; turns < mostTurns && count() > 0; turns++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return count()
}
