import { AsyncLocalStorage } from "node:async_hooks"
import { setTimeout as delay } from "node:timers/promises"
import { throwIfAborted } from "@persist/core/options"
import type { DatabaseConnection, QueryResult } from "kysely"
import type { Engine } from "../engines/engine.ts"
import type { EngineConnection } from "../engines/engine-connection.ts"
import { closedDuring, databaseClosed, nestedOption } from "../errors/session-error.ts"
import { Hold } from "./hold.ts"
import { HoldConnection } from "./hold-connection.ts"
import { Interruption } from "./interruption.ts"
import { isRetryable, type SessionSettings } from "./session-options.ts"
import { SessionRunner } from "./session-runner.ts"
import type { StatementRunner } from "./statement-runner.ts"
import { tracedSession, tracedStatement, tracesSessions, tracesStatements } from "./tracing.ts"

/** The sessions of one database; knows which one the code that runs now is in. */
export class Sessions implements StatementRunner {
  readonly #engine: Engine
  readonly #ambient = new AsyncLocalStorage<Hold | undefined>()
  readonly #open = new Set<Interruption>()
  #isClosed = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The innermost session around the code that runs now. */
  get current(): Hold | undefined {
    return this.#ambient.getStore()
  }

  /** New sessions are refused, but those that a closing waits for. */
  get isClosed(): boolean {
    return this.#isClosed
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
    return this.runIn(this.#ambient.getStore(), sql, parameters, signal)
  }

  /** Runs a statement in `hold`, or outside of any session. */
  runIn<R>(
    hold: Hold | undefined,
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    if (!tracesStatements()) return (hold ?? this.#engine).run(sql, parameters, signal)
    return tracedStatement({ database: this.#engine.location, text: sql }, () =>
      (hold ?? this.#engine).run(sql, parameters, signal),
    )
  }

  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<QueryResult<R>> {
    if (this.#isClosed) throw databaseClosed()
    return (this.current ?? this.#engine).stream(sql, parameters, chunkSize, signal)
  }

  provide<T>(
    consumer: (connection: DatabaseConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const outer = this.#ambient.getStore()
    if (outer !== undefined) return this.provideIn(outer, consumer)
    return this.#acquired((hold) => this.#lend(hold, consumer), signal)
  }

  /** Lends a connection nested in `outer`. */
  provideIn<T>(outer: Hold, consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return this.#nested(outer, (hold) => this.#lend(hold, consumer))
  }

  /** Runs statements in `session`, or in one nested in it when the caller is in that. */
  within(session: Hold): StatementRunner {
    return new SessionRunner(this, session)
  }

  /** Runs `work` in a transaction of its own, or inside a session in a savepoint. */
  session<T>(work: (hold: Hold) => Promise<T>, settings: SessionSettings): Promise<T> {
    if (this.#isClosed && !settings.isAwaited) return Promise.reject(databaseClosed())
    const outer = this.#ambient.getStore()
    if (outer !== undefined) return this.#savepoint(outer, work, settings)
    const once = () => this.#transaction(work, settings)
    const attempt = tracesSessions()
      ? () => tracedSession({ database: this.#engine.location, text: settings.name }, once)
      : once
    return settings.retries === 0 ? attempt() : repeated(attempt, settings)
  }

  /** Runs `work` with one connection to itself, but no transaction; `signal` ends the wait for that. */
  held<T>(work: (hold: Hold) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const outer = this.#ambient.getStore()
    return outer === undefined ? this.#acquired(work, signal) : this.#nested(outer, work)
  }

  /** Refuses new sessions and rolls every open one back; resolves with their descriptions. */
  async endAll(): Promise<string[]> {
    this.#isClosed = true
    const open = [...this.#open].filter(({ isAwaited }) => !isAwaited)
    const descriptions = open.map(({ hold }) => hold.describe())
    const ended = open.map(
      (session) =>
        new Promise<void>((resolve) => {
          session.onEnd = resolve
        }),
    )
    for (const session of open) session.stop(closedDuring(session.hold.describe()))
    await Promise.all(ended)
    return descriptions
  }

  /** The hold around the code that runs now when it is nested in `session`, else that. */
  innermost(session: Hold): Hold {
    const ambient = this.#ambient.getStore()
    return ambient?.isWithin(session) ? ambient : session
  }

  #lend<T>(hold: Hold, consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return consumer(new HoldConnection(hold, () => this.innermost(hold)))
  }

  async #acquired<T>(work: (hold: Hold) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#isClosed) throw databaseClosed()
    throwIfAborted(signal, "Waiting for a connection")
    const settings = { name: "a Kysely connection", signal, isAwaited: false }
    const open = await this.#openSession("write", settings)
    try {
      return await open.orInterrupted(this.#ambient.run(open.hold, () => work(open.hold)))
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
      return await this.#transacted(new Interruption(hold), work, settings)
    } finally {
      hold.end()
    }
  }

  // A hot path, down to the end of this class: nothing waits that has nothing to wait for.
  async #transaction<T>(work: (hold: Hold) => Promise<T>, settings: SessionSettings): Promise<T> {
    throwIfAborted(settings.signal, `Running ${settings.name}`)
    const access = settings.readOnly ? "read" : "write"
    const opening = this.#openSession(access, settings)
    const open = opening instanceof Promise ? await opening : opening
    try {
      return await this.#transacted(open, work, settings)
    } finally {
      const ending = this.#endSession(open)
      if (ending !== undefined) await ending
    }
  }

  /** Begin, work, commit; on any error, rollback and that error. */
  async #transacted<T>(
    session: Interruption,
    work: (hold: Hold) => Promise<T>,
    settings: SessionSettings,
  ): Promise<T> {
    const { hold } = session
    session.watch(settings)
    try {
      const beginning = hold.begin(settings)
      if (beginning !== undefined) await beginning
      const result = await session.orInterrupted(this.#ambient.run(hold, work, hold))
      const committing = hold.commit()
      if (committing !== undefined) await committing
      return result
    } catch (error) {
      hold.stop(error)
      await hold.rollback().catch(() => {})
      throw session.reasonOr(error)
    } finally {
      session.clear()
    }
  }

  #openSession(
    access: "read" | "write",
    { name, signal, isAwaited }: Pick<SessionSettings, "name" | "signal" | "isAwaited">,
  ): Promise<Interruption> | Interruption {
    const hold = Hold.awaiting(name)
    const acquired = this.#engine.acquire(access, { holder: hold, signal })
    if (!(acquired instanceof Promise)) return this.#opened(hold, acquired, isAwaited)
    return acquired.then((connection) => this.#opened(hold, connection, isAwaited))
  }

  #opened(hold: Hold, connection: EngineConnection, isAwaited: boolean): Interruption {
    hold.connection = connection
    const open = new Interruption(hold, isAwaited)
    this.#open.add(open)
    return open
  }

  #endSession(open: Interruption): Promise<void> | void {
    open.hold.end()
    const releasing = this.#engine.release(open.hold.connection)
    if (releasing === undefined) return this.#ended(open)
    return releasing.then(() => this.#ended(open))
  }

  #ended(open: Interruption): void {
    this.#open.delete(open)
    open.onEnd?.()
  }
}

async function repeated<T>(attempt: () => Promise<T>, settings: SessionSettings): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      if (count >= settings.retries || !isRetryable(error, settings)) throw error
    }
    await delay(Math.random() * Math.min(1000, 5 * 2 ** count))
  }
}
