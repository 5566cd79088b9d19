import type { LeaseSeams } from "../../src/lease/seams.ts"

interface Event {
  readonly time: number
  readonly order: number
  run: () => void
}

/** Time that goes on only when it is told to, event by event, with what each event sets off done before the next. */
export class Simulation {
  time = 0
  #order = 0
  #nonces = 0
  readonly #events = new Set<Event>()

  /** How many events are to come. */
  get waiting(): number {
    return this.#events.size
  }

  /** @returns What takes the event back. */
  schedule(delay: number, run: () => void): () => void {
    const event = { time: this.time + Math.max(0, delay), order: this.#order++, run }
    this.#events.add(event)
    return () => this.#events.delete(event)
  }

  after(delay: number): Promise<void> {
    return new Promise((resolve) => this.schedule(delay, resolve))
  }

  nonce(): string {
    return `nonce-${++this.#nonces}`
  }

  /** Lets `milliseconds` pass; `look` is called after every event. */
  async advance(milliseconds: number, look: () => void = () => {}): Promise<void> {
    const end = this.time + milliseconds
    await settled()
    for (;;) {
      const next = [...this.#events]
        .filter(({ time }) => time <= end)
        .sort((a, b) => a.time - b.time || a.order - b.order)[0]
      if (next === undefined) break
      this.#events.delete(next)
      this.time = next.time
      next.run()
      await settled()
      look()
    }
    this.time = end
  }
}

/** One process in a simulation: its clock drifts and jumps, its event loop gets blocked. */
export class Machine implements LeaseSeams {
  readonly #simulation: Simulation
  readonly #rate: number
  #jumped = 0
  #blockedUntil = 0

  /** @param drift How much faster its clock is, such as 0.005. */
  constructor(simulation: Simulation, drift = 0) {
    this.#simulation = simulation
    this.#rate = 1 + drift
  }

  readonly now = (): number => this.#simulation.time * this.#rate + this.#jumped
  readonly nonce = (): string => this.#simulation.nonce()
  readonly random = (): number => 0.5

  readonly timer = (milliseconds: number, callback: () => void): (() => void) => {
    let cancel = this.#simulation.schedule(milliseconds / this.#rate, () => {
      cancel = this.whenFree(callback)
    })
    return () => cancel()
  }

  /** Calls `callback` now, or when the event loop is free again. */
  whenFree(callback: () => void): () => void {
    const left = this.#blockedUntil - this.#simulation.time
    if (left > 0) return this.#simulation.schedule(left, callback)
    callback()
    return () => {}
  }

  /** Blocks the event loop: neither timers nor replies come through. */
  block(milliseconds: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#simulation.time + milliseconds)
  }

  /** Lets the clock jump ahead, as after a pause of the machine. */
  jump(milliseconds: number): void {
    this.#jumped += milliseconds
  }
}

// Long chains of promises end in one turn of the event loop.
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
