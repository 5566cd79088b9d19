import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { type Endpoint, Refusal } from "../connection/endpoint.ts"
import type { Link } from "../connection/link.ts"
import { isRefusal } from "../errors/server-errors.ts"
import { OneATurn } from "./one-a-turn.ts"

/** How a group waits. */
export interface ReplicationLimits {
  /** How many replicas have to have a write. */
  readonly replicas: number
  /** Milliseconds. */
  readonly timeout: number
}

/** Writes of one moment that wait until the replicas have them. */
interface Waiter {
  /** The connection that it was done on. */
  readonly link: Link
  /** What the keys of its shard start with. */
  readonly tag: string
  /** When the first of them gives up, on `performance.now()`. */
  readonly until: number
  /** How many writes they are. */
  count: number
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
  /** Whether it is decided what becomes of them. */
  isSettled: boolean
}

const ticksPerTimeout = 20
const momentsPerTick = 4
/** Most writes that go on in the same turn of the event loop. */
const mostAtOnce = 64
/** Sets the mark on a full server, which refuses what may take memory unless the script has written before. */
const markOfFull =
  "redis.call('PERSIST', KEYS[1]) return redis.call('SET', KEYS[1], '', 'PX', 60000)"

/**
 * Waits for the replicas of one server, for all writes that were done since it last began to: on a connection of
 * its own, since WAIT holds up whatever comes behind it. WAIT knows only what its own connection has written, so a
 * small write comes before it: replicas that have that one have all before it.
 */
export class ReplicationGroup {
  readonly #endpoint: Endpoint
  readonly #limits: ReplicationLimits
  #waiting: Waiter[] = []
  #batch: Waiter[] = []
  #isRunning = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #lastFailure: unknown
  /** Tags of shards that the server has said not to have any more. */
  readonly #elsewhere = new Set<string>()
  /** Whether the server has refused the mark for want of memory. */
  #isFull = false
  readonly #confirmed = new OneATurn()

  constructor(endpoint: Endpoint, limits: ReplicationLimits) {
    this.#endpoint = endpoint
    this.#limits = limits
  }

  /** Resolves when enough replicas have what was written on `link` before this call. */
  confirm(link: Link, tag: string, until: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedMeanwhile())
    this.#elsewhere.delete(tag)
    const last = this.#waiting.at(-1)
    if (last !== undefined && this.#goesWith(last, link, until)) {
      last.count++
      return last.promise
    }
    const promise = Promise.withResolvers<void>()
    const waiter = { link, tag, until, count: 1, isSettled: false, ...promise }
    this.#waiting.push(waiter)
    if (!this.#isRunning) {
      this.#isRunning = true
      this.#timer = this.#startTimer()
      // What was answered together is confirmed together.
      process.nextTick(() => void this.#run())
    }
    return waiter.promise
  }

  #goesWith(waiter: Waiter, link: Link, until: number): boolean {
    const moment = this.#limits.timeout / ticksPerTimeout / momentsPerTick
    const later = until - waiter.until
    return waiter.link === link && waiter.count < mostAtOnce && later >= 0 && later < moment
  }

  /** Whoever still waits is an operation that its caller has given up, or the renewal of a lease. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const waiter of [...this.#batch, ...this.#waiting]) refuse(waiter, closedMeanwhile())
    this.#endpoint.close()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#batch = this.#waiting
      this.#waiting = []
      try {
        await this.#confirmBatch()
      } catch (error) {
        this.#lastFailure = error
        const cause = error instanceof Refusal ? error.error : error
        if (error instanceof Refusal || isRefusal(error)) {
          const why = `the server does not let us ask for it (${(cause as Error).message})`
          for (const waiter of this.#batch) refuse(waiter, unconfirmed(why, cause))
        } else await delay(10)
      }
      // Whoever is not settled yet goes on waiting, until its time is over.
      this.#waiting = [...this.#batch.filter(({ isSettled }) => !isSettled), ...this.#waiting]
      this.#batch = []
    }
    this.#isRunning = false
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #confirmBatch(): Promise<void> {
    const { replicas, timeout } = this.#limits
    // Any shard of the server does; should one have moved to another, the next attempt takes another.
    const here = this.#batch.filter(({ tag }) => !this.#elsewhere.has(tag))
    if (here.length === 0) {
      const why = "its shard has moved to another server before replicas had confirmed it"
      for (const waiter of this.#batch) refuse(waiter, unconfirmed(why, this.#lastFailure))
      return
    }
    const until = Math.max(...this.#batch.map((waiter) => waiter.until))
    const side = await this.#endpoint.ready({ until, signal: undefined })
    const { tag } = here[Math.floor(Math.random() * here.length)]!
    const mark = `${tag}w`
    const [, count, info] = await Promise.all([
      side
        .send(this.#isFull ? ["EVAL", markOfFull, "1", mark] : ["SET", mark, "", "PX", "60000"])
        .catch((error: Error) => {
          if (error.message.startsWith("MOVED ")) this.#elsewhere.add(tag)
          this.#isFull ||= error.message.startsWith("OOM ")
          throw error
        }),
      side.send(["WAIT", String(replicas), String(Math.ceil(timeout / ticksPerTimeout))]),
      side.send(["INFO", "replication"]),
    ])
    if (Number(count) < replicas) {
      throw new Error(`${count} of ${replicas} replicas have confirmed it.`)
    }
    const history = /^master_replid:(\w+)/m.exec(String(info))?.[1]
    for (const waiter of this.#batch) {
      // The same process, with the same history, and no failover in between: else the replicas may have another one.
      const { identity, end } = waiter.link
      const isSame =
        end === undefined &&
        identity?.runId === side.identity?.runId &&
        identity?.replicationId === history
      if (isSame) this.#letGoOn(waiter)
      else refuse(waiter, unconfirmed("the server has changed meanwhile", end?.cause))
    }
  }

  #letGoOn(waiter: Waiter): void {
    if (waiter.isSettled) return
    waiter.isSettled = true
    this.#confirmed.add(() => waiter.resolve())
  }

  #startTimer(): NodeJS.Timeout {
    const tick = this.#limits.timeout / ticksPerTimeout
    const timer = setInterval(() => {
      const soon = performance.now() + tick
      for (const waiter of [...this.#batch, ...this.#waiting]) {
        if (waiter.until > soon) continue
        const { replicas } = this.#limits
        const why = `fewer than ${replicas} replicas have confirmed it in time`
        refuse(waiter, unconfirmed(why, this.#lastFailure))
      }
    }, tick)
    return timer
  }
}

function refuse(waiter: Waiter, error: PersistError): void {
  if (waiter.isSettled) return
  waiter.isSettled = true
  waiter.reject(error)
}

function closedMeanwhile(): PersistError {
  return unconfirmed("the storage was closed before replicas had confirmed it", undefined)
}

function unconfirmed(why: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `The write was done by the primary, but ${why}: a failover may lose it. Look whether the replicas are connected, and at the value before doing it again.`,
    { cause },
  )
}
