import { PersistError } from "@persist/core"
import { abortedError, whenAborted } from "@persist/core/options"
import type { Holder, WaitOptions } from "../engines/engine-connection.ts"
import { IdleConnections } from "./idle-connections.ts"
import type { PoolStatistics } from "./pool-statistics.ts"
import { WaitingLine } from "./waiting-line.ts"

/** What a pool needs to know of its connections. */
export interface PoolSource<C> {
  /** What is pooled, for messages: "The writer of ./app.db". */
  readonly name: string
  /** Most connections at a time. */
  readonly limit: number
  /** Milliseconds to wait for a connection before `ERR_PERSIST_TIMEOUT`. */
  readonly acquireTimeout: number
  open(): C | Promise<C>
  /** Opens without waiting, where that is possible. */
  readonly openNow?: () => C
  close(connection: C): void | Promise<void>
  isUsable(connection: C): boolean
  /** Whether opening failed because there are too many connections already, ours or those of others. */
  readonly isFull?: (error: unknown) => boolean
  /** Milliseconds after which an idle connection is closed, at most twice as many. @default never */
  readonly idleLife?: number | undefined
  /** Whether closing a connection gives it back to others, who may wait for it. */
  readonly isShared?: boolean | undefined
}

/** Milliseconds that `close` waits for connections in use. */
const longestGoodbye = 5_000

/** Milliseconds before a server that had no room is asked for another connection. */
const pauseWhenFull = 1_000

/** So often a connection that is shared goes to the next one of us before others have their turn. */
const mostInARow = 20

interface Waiter<C> {
  readonly holder: Holder
  resolve(connection: C): void
  reject(error: unknown): void
}

/** Lends connections, first come, first served; a caller that waits too long is told who holds them. */
export class ConnectionPool<C extends object> {
  readonly #source: PoolSource<C>
  readonly #idle: IdleConnections<C>
  readonly #used = new Map<C, Holder>()
  readonly #line = new WaitingLine<Waiter<C>>()
  #opening = 0
  #passedOn = 0
  /** Why no more could be opened than there are. */
  #full: unknown
  /** When that is tried again. */
  #nextTry: NodeJS.Timeout | undefined
  #isClosed = false
  #onUnused: (() => void) | undefined

  constructor(source: PoolSource<C>) {
    this.#source = source
    this.#idle = new IdleConnections(source.idleLife, (connection) => this.#discard(connection))
  }

  /** Takes an idle connection without waiting; `undefined` when there is none. */
  tryAcquire(holder: Holder): C | undefined {
    if (this.#isClosed) throw closedError(this.#source.name)
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (!this.#source.isUsable(found)) {
        this.#discard(found)
        continue
      }
      this.#used.set(found, holder)
      return found
    }
    const { openNow, limit } = this.#source
    if (openNow === undefined || this.#used.size >= limit) return undefined
    const opened = openNow()
    this.#used.set(opened, holder)
    return opened
  }

  /** @throws `ERR_PERSIST_TIMEOUT` naming the holders, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`, and what opening throws. */
  async acquire(wait: WaitOptions): Promise<C> {
    if (wait.signal?.aborted) throw abortedError(wait.signal, "Waiting for a connection")
    const idle = this.tryAcquire(wait.holder)
    if (idle !== undefined) return idle
    const waiting = this.#wait(wait)
    if (this.#hasRoom()) void this.#openForLine()
    return waiting
  }

  release(connection: C): void {
    if (!this.#used.delete(connection)) return
    if (this.#used.size === 0) this.#onUnused?.()
    if (this.#isClosed || !this.#source.isUsable(connection) || this.#isOthersTurn()) {
      this.#discard(connection)
      if (!this.#isClosed) this.#openMore()
      return
    }
    this.#offer(connection)
  }

  statistics(): PoolStatistics {
    return {
      open: this.#idle.size + this.#used.size,
      used: this.#used.size,
      waiting: this.#line.size,
      limit: this.#source.limit,
      holders: [...this.#used.values()].map((holder) => holder.describe()),
    }
  }

  /** Refuses new callers, closes what is idle, waits for what is used and closes that too. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#nextTry)
    for (let waiter = this.#line.serve(); waiter !== undefined; waiter = this.#line.serve()) {
      waiter.reject(closedError(this.#source.name))
    }
    await Promise.all(this.#idle.clear().map((connection) => this.#source.close(connection)))
    if (this.#used.size > 0) await this.#whenUnused()
  }

  /** A stream that nobody reads to its end would never give its connection back. */
  async #whenUnused(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onUnused = resolve
    const timer = setTimeout(resolve, longestGoodbye)
    await promise
    clearTimeout(timer)
    for (const connection of this.#used.keys()) this.#discard(connection)
  }

  #wait(wait: WaitOptions): Promise<C> {
    return new Promise<C>((resolve, reject) => {
      const { signal, holder } = wait
      const settle = () => {
        clearTimeout(timer)
        stop?.()
        this.#line.leave(place)
      }
      const place = this.#line.join({
        holder,
        resolve: (connection) => {
          settle()
          resolve(connection)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
      const onAbort = () => place.value.reject(abortedError(signal!, "Waiting for a connection"))
      const timer = setTimeout(
        () => place.value.reject(this.#timeoutError()),
        this.#source.acquireTimeout,
      )
      const stop = signal && whenAborted(signal, onAbort)
    })
  }

  #isOthersTurn(): boolean {
    if (!this.#source.isShared || this.#line.size === 0) return false
    return ++this.#passedOn % mostInARow === 0
  }

  #hasRoom(): boolean {
    const isBelowLimit = this.#used.size + this.#opening < this.#source.limit
    return isBelowLimit && this.#nextTry === undefined
  }

  async #openForLine(): Promise<void> {
    this.#opening++
    try {
      const connection = await this.#source.open()
      this.#opening--
      this.#full = undefined
      // One that comes too late for who waited is of more use to others.
      const isUnwanted = this.#source.isShared && this.#line.size === 0
      if (this.#isClosed || isUnwanted) {
        this.#discard(connection)
        return
      }
      this.#offer(connection)
      // Those that came while there was no room have opened none.
      this.#openMore()
    } catch (error) {
      this.#opening--
      // Who waits gets one of those that there are, or the next that the server has room for.
      if (this.#source.isFull?.(error)) {
        this.#full = error
        this.#tryLater()
        return
      }
      this.#full = undefined
      this.#line.serve()?.reject(error)
      // Each waiter learns its own cause: the next one gets an attempt of its own.
      this.#openMore()
    }
  }

  #openMore(): void {
    if (this.#line.size > this.#opening && this.#hasRoom()) void this.#openForLine()
  }

  #tryLater(): void {
    if (this.#isClosed) return
    this.#nextTry ??= setTimeout(() => {
      this.#nextTry = undefined
      // Nobody asks now, so nobody knows.
      if (this.#line.size === 0) this.#full = undefined
      this.#openMore()
    }, pauseWhenFull).unref()
  }

  #offer(connection: C): void {
    const waiter = this.#line.serve()
    if (waiter === undefined) {
      this.#idle.push(connection)
      return
    }
    this.#used.set(connection, waiter.holder)
    waiter.resolve(connection)
  }

  #discard(connection: C): void {
    const close = async () => this.#source.close(connection)
    close().catch(() => {})
  }

  #timeoutError(): PersistError {
    const { name, acquireTimeout, limit } = this.#source
    const { holders } = this.statistics()
    const shown = holders.slice(0, 5).join("; ") || "nobody: connections are still being opened"
    const room = this.#full === undefined ? "" : " The server has no room for more (see cause)."
    return new PersistError(
      "ERR_PERSIST_TIMEOUT",
      `${name}: no connection came free within ${acquireTimeout} ms. In use are ${holders.length} of ${limit}: ${shown}.${room} ` +
        'End those sooner, or raise "acquireTimeout" or the number of connections.',
      { details: { holders }, ...(this.#full !== undefined && { cause: this.#full }) },
    )
  }
}

function closedError(name: string): PersistError {
  return new PersistError("ERR_PERSIST_CLOSED", `${name} is closed; open a new DatabaseStorage.`)
}
