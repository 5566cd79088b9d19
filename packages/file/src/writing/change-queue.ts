/**
 * Says, directly before a change takes effect, that it now does.
 * False: it took effect by other means meanwhile and must not again.
 */
export type Claim = () => boolean

/** One change of one key that is waiting for its turn. */
export interface KeyChange<T> {
  run(claim: Claim): Promise<T>
  /** Does the same without waiting: the program is about to end, or a later change cannot wait. */
  runSync(): T
}

class Job {
  readonly change: KeyChange<unknown>
  readonly outcome: PromiseWithResolvers<unknown> = Promise.withResolvers()
  hasStarted = false
  /** `"claimed"`: it has taken effect, or does at this moment, or has ended without; `"taken"`: `drainSync` did it. */
  state: "open" | "claimed" | "taken" = "open"
  #over: PromiseWithResolvers<void> | undefined

  constructor(change: KeyChange<unknown>) {
    this.change = change
  }

  /** Resolves when nothing of it runs any more, be it that it was done by other means long before. */
  get over(): Promise<void> {
    this.#over ??= Promise.withResolvers()
    return this.#over.promise
  }

  end(): void {
    this.#over?.resolve()
  }

  async run(): Promise<void> {
    this.hasStarted = true
    const claim = () => {
      if (this.state === "taken") return false
      this.state = "claimed"
      return true
    }
    try {
      this.outcome.resolve(await this.change.run(claim))
    } catch (error) {
      // Without effect when it was taken: its outcome stands.
      this.outcome.reject(error)
    } finally {
      // Told as ended, it must not be done by other means while others learn of it.
      claim()
    }
  }

  runSync(): void {
    if (this.state !== "open") return
    this.state = "taken"
    try {
      this.outcome.resolve(this.change.runSync())
    } catch (error) {
      this.outcome.reject(error)
    }
  }
}

/** Runs the changes of each key in the order of the calls, one at a time; keys do not wait for each other. */
export class ChangeQueue {
  readonly #lines = new Map<string, Job[]>()
  readonly #whenBusy: (queue: ChangeQueue) => void
  readonly #whenIdle: (queue: ChangeQueue) => void

  /** Whether nothing runs or waits. */
  get isIdle(): boolean {
    return this.#lines.size === 0
  }

  /** @param whenBusy Called when there is something to do again. @param whenIdle Called when all is done. */
  constructor(whenBusy: (queue: ChangeQueue) => void, whenIdle: (queue: ChangeQueue) => void) {
    this.#whenBusy = whenBusy
    this.#whenIdle = whenIdle
  }

  submit<T>(key: string, change: KeyChange<T>): Promise<T> {
    const job = new Job(change)
    const line = this.#lines.get(key)
    if (line === undefined) {
      if (this.isIdle) this.#whenBusy(this)
      const fresh = [job]
      this.#lines.set(key, fresh)
      void this.#work(key, fresh)
    } else line.push(job)
    return job.outcome.promise as Promise<T>
  }

  /** The last change of `key`, if it is still waiting for its turn. */
  lastWaiting(key: string): KeyChange<unknown> | undefined {
    const last = this.#lines.get(key)?.at(-1)
    return last === undefined || last.hasStarted || last.state !== "open" ? undefined : last.change
  }

  /** Does at once, in order, what waits for `key` or runs without having taken effect yet. */
  drainSync(key: string): void {
    for (const job of this.#lines.get(key) ?? []) job.runSync()
  }

  /** `drainSync` for every key. */
  drainAllSync(): void {
    for (const key of [...this.#lines.keys()]) this.drainSync(key)
  }

  /** Resolves when what runs or waits now has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.at(-1)!.over))
  }

  async #work(key: string, line: Job[]): Promise<void> {
    for (let job = line[0]; job !== undefined; job = line[0]) {
      if (job.state === "open") await job.run()
      line.shift()
      job.end()
    }
    this.#lines.delete(key)
    if (this.isIdle) this.#whenIdle(this)
  }
}
