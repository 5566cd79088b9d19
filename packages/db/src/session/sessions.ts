import { AsyncLocalStorage } from "node:async_hooks"
import { setTimeout as delay } from "node:timers/promises"
import { abortedError, throwIfAborted } from "@persist/core/options"
import type { DatabaseConnection, QueryResult } from "kysely"
import type { Engine } from "../engines/engine.ts"
import { closedDuring, databaseClosed, nestedOption } from "../errors/session-error.ts"
import { Hold } from "./hold.ts"
import { HoldConnection } from "./hold-connection.ts"
import { Interruption } from "./interruption.ts"
import { isRetryable, type SessionSettings } from "./session-options.ts"
import type { StatementRunner } from "./statement-runner.ts"
import { tracedSession, tracedStatement, tracesStatements } from "./tracing.ts"

interface OpenSession {
  readonly hold: Hold
  readonly interruption: Interruption
  onEnd: (() => void) | undefined
}

/** The sessions of one database; knows which one the code that runs now is in. */
export class Sessions implements StatementRunner {
  readonly #engine: Engine
  readonly #ambient = new AsyncLocalStorage<Hold | undefined>()
  readonly #open = new Set<OpenSession>()
  #isClosed = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The innermost session around the code that runs now. */
  get current(): Hold | undefined {
    return this.#ambient.getStore()
  }

  /** Runs `work` as if it were called from outside of any session. */
  outside<T>(work: () => T): T {
    return this.#ambient.run(undefined, work)
  }

  run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    if (this.#isClosed) return Promise.reject(databaseClosed())
    const hold = this.#ambient.getStore()
    if (tracesStatements())
      return this.#traced(sql, () => this.#route(hold, sql, parameters, signal))
    return this.#route(hold, sql, parameters, signal)
  }

  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<QueryResult<R>> {
    if (this.#isClosed) throw databaseClosed()
    const hold = this.#ambient.getStore()
    return hold === undefined
      ? this.#engine.stream(sql, parameters, chunkSize, signal)
      : hold.stream(sql, parameters, chunkSize)
  }

  provide<T>(
    consumer: (connection: DatabaseConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const work = (hold: Hold) => consumer(new HoldConnection(hold, () => this.#innermost(hold)))
    const outer = this.#ambient.getStore()
    return outer === undefined ? this.#acquired(work, signal) : this.#nested(outer, work)
  }

  /** Runs statements in `session`, or in one nested in it when the caller is in that. */
  within(session: Hold): StatementRunner {
    const target = () => this.#innermost(session)
    return {
      run: (sql, parameters, signal) =>
        tracesStatements()
          ? this.#traced(sql, () => this.#runIn(target(), sql, parameters, signal))
          : this.#runIn(target(), sql, parameters, signal),
      stream: (sql, parameters, chunkSize) => target().stream(sql, parameters, chunkSize),
      provide: (consumer) =>
        this.#nested(target(), (hold) =>
          consumer(new HoldConnection(hold, () => this.#innermost(hold))),
        ),
    }
  }

  /** Runs `work` in a transaction of its own, or inside a session in a savepoint. */
  async session<T>(work: (hold: Hold) => Promise<T>, settings: SessionSettings): Promise<T> {
    if (this.#isClosed) throw databaseClosed()
    const outer = this.#ambient.getStore()
    if (outer !== undefined) return this.#savepoint(outer, work, settings)
    for (let attempt = 0; ; attempt++) {
      throwIfAborted(settings.signal, `Running ${settings.name}`)
      try {
        const trace = { database: this.#engine.location, text: settings.name }
        return await tracedSession(trace, () => this.#transaction(work, settings))
      } catch (error) {
        if (attempt >= settings.retries || !isRetryable(error)) throw error
      }
      await delay(Math.random() * Math.min(1000, 5 * 2 ** attempt))
    }
  }

  /** Runs `work` with one connection to itself, but no transaction. */
  held<T>(work: (hold: Hold) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(databaseClosed())
    const outer = this.#ambient.getStore()
    return outer === undefined ? this.#acquired(work) : this.#nested(outer, work)
  }

  /** Rolls every open session back; resolves with their descriptions. */
  async endAll(): Promise<string[]> {
    this.#isClosed = true
    const open = [...this.#open]
    const descriptions = open.map(({ hold }) => hold.describe())
    const ended = open.map(
      (session) =>
        new Promise<void>((resolve) => {
          session.onEnd = resolve
        }),
    )
    for (const { hold, interruption } of open) interruption.stop(closedDuring(hold.describe()))
    await Promise.all(ended)
    return descriptions
  }

  #route<R>(
    hold: Hold | undefined,
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    return hold === undefined
      ? this.#engine.run(sql, parameters, signal)
      : this.#runIn(hold, sql, parameters, signal)
  }

  #traced<T>(text: string, work: () => Promise<T>): Promise<T> {
    return tracedStatement({ database: this.#engine.location, text }, work)
  }

  #runIn<R>(
    hold: Hold,
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    return signal === undefined
      ? hold.run(sql, parameters)
      : this.#runCancellable(hold, sql, parameters, signal)
  }

  async #runCancellable<R>(
    hold: Hold,
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal,
  ): Promise<QueryResult<R>> {
    throwIfAborted(signal, "The statement")
    const cancel = () => void hold.connection.cancel().catch(() => {})
    signal.addEventListener("abort", cancel, { once: true })
    try {
      return await hold.run<R>(sql, parameters)
    } catch (error) {
      if (signal.aborted) throw abortedError(signal, "The statement")
      throw error
    } finally {
      signal.removeEventListener("abort", cancel)
    }
  }

  #innermost(session: Hold): Hold {
    const ambient = this.#ambient.getStore()
    return ambient?.isWithin(session) ? ambient : session
  }

  async #acquired<T>(work: (hold: Hold) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const open = await this.#openSession("write", "a Kysely connection", signal)
    try {
      return await open.interruption.orInterrupted(
        this.#ambient.run(open.hold, () => work(open.hold)),
      )
    } finally {
      await this.#endSession(open)
    }
  }

  async #nested<T>(outer: Hold, work: (hold: Hold) => Promise<T>): Promise<T> {
    const hold = await outer.nest("a nested Kysely connection")
    try {
      return await this.#ambient.run(hold, () => work(hold))
    } finally {
      hold.end()
    }
  }

  async #savepoint<T>(
    outer: Hold,
    work: (hold: Hold) => Promise<T>,
    settings: SessionSettings,
  ): Promise<T> {
    if (settings.isolationLevel !== undefined) throw nestedOption("isolationLevel")
    throwIfAborted(settings.signal, `Running ${settings.name}`)
    const hold = await outer.nest(settings.name)
    try {
      return await this.#transacted(hold, work, settings, new Interruption(hold))
    } finally {
      hold.end()
    }
  }

  async #transaction<T>(work: (hold: Hold) => Promise<T>, settings: SessionSettings): Promise<T> {
    const access = settings.readOnly ? "read" : "write"
    const open = await this.#openSession(access, settings.name, settings.signal)
    try {
      return await this.#transacted(open.hold, work, settings, open.interruption)
    } finally {
      await this.#endSession(open)
    }
  }

  /** Begin, work, commit; on any error, rollback and that error. */
  async #transacted<T>(
    hold: Hold,
    work: (hold: Hold) => Promise<T>,
    settings: SessionSettings,
    interruption: Interruption,
  ): Promise<T> {
    interruption.watch(settings)
    try {
      const beginning = hold.begin(settings)
      if (beginning !== undefined) await beginning
      const running = this.#ambient.run(hold, () => work(hold))
      const result = await interruption.orInterrupted(running)
      await hold.commit()
      return result
    } catch (error) {
      hold.stop(error)
      await hold.rollback().catch(() => {})
      throw error
    } finally {
      interruption.clear()
    }
  }

  async #openSession(
    access: "read" | "write",
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<OpenSession> {
    let hold: Hold | undefined
    const holder = { describe: () => hold?.describe() ?? name }
    const connection = await this.#engine.acquire(access, { holder, signal })
    hold = Hold.over(connection, name)
    const open: OpenSession = { hold, interruption: new Interruption(hold), onEnd: undefined }
    this.#open.add(open)
    return open
  }

  async #endSession(open: OpenSession): Promise<void> {
    open.hold.end()
    await this.#engine.release(open.hold.connection)
    this.#open.delete(open)
    open.onEnd?.()
  }
}
