import { throwIfAborted } from "@persist/core/options"
import type { QueryResult } from "kysely"
import { cancellable } from "../engines/cancellable.ts"
import type { BeginSettings, EngineConnection, Holder } from "../engines/engine-connection.ts"
import {
  nestedUnfinished,
  sessionEnded,
  sessionLost,
  transactionEnded,
  writerHeld,
} from "../errors/session-error.ts"
import { WaitingLine } from "../pool/waiting-line.ts"
import { HeldConnection } from "./held-connection.ts"
import { OpenStreams } from "./open-streams.ts"

/**
 * Exclusive use of one connection, or, nested, of a part of its transaction. A hold without a
 * transaction runs its statements one by one. While a nested hold is open, the statements of the
 * outer one wait: they must not vanish with the nested one's rollback.
 */
export class Hold implements Holder {
  readonly parent: Hold | undefined
  readonly #root: HeldConnection
  readonly #name: string
  readonly #openedAt = performance.now()
  #line: WaitingLine<() => void> | undefined
  #child: Hold | undefined
  #savepoint: string | undefined
  /** Whether this hold began the transaction. */
  #owns = false
  #isEnded = false
  #endReason: unknown
  #running = 0
  #streams: OpenStreams | undefined
  #onQuiet: (() => void) | undefined

  private constructor(root: HeldConnection, parent: Hold | undefined, name: string) {
    this.#root = root
    this.parent = parent
    this.#name = name
  }

  /** A hold for whom a connection is still to be acquired. */
  static awaiting(name: string): Hold {
    return new Hold(new HeldConnection(), undefined, name)
  }

  get connection(): EngineConnection {
    return this.#root.current!
  }

  set connection(acquired: EngineConnection) {
    this.#root.current = acquired
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  describe(): string {
    return `${this.#name}, open for ${Math.round(performance.now() - this.#openedAt)} ms`
  }

  /** Opens a nested hold once no other is open beside it. */
  async nest(name: string): Promise<Hold> {
    // Checked and taken in one go: between the two, nobody else may nest.
    while (this.#child !== undefined && !this.#isEnded) await this.#turn()
    this.#assertUsable()
    const child = new Hold(this.#root, this, name)
    this.#child = child
    return child
  }

  isWithin(other: Hold): boolean {
    return this === other || (this.parent?.isWithin(other) ?? false)
  }

  async run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    while (this.#child !== undefined && !this.#isEnded) await this.#pass()
    this.#assertUsable()
    this.#running++
    const { hasBegun } = this.#root
    try {
      const { connection } = this
      this.#root.watch(connection, sql, parameters)
      const result = await (signal === undefined
        ? connection.run<R>(sql, parameters)
        : cancellable(connection, signal, (onStart) => connection.run<R>(sql, parameters, onStart)))
      if (hasBegun && !this.connection.inTransaction) throw transactionEnded(this.#name, sql)
      return result
    } catch (error) {
      if (hasBegun && !this.connection.inTransaction) this.#root.lost ??= error
      throw error
    } finally {
      this.#settle()
    }
  }

  /** `run` for callers that cannot wait; only on SQLite. */
  runNow<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    this.#assertUsable()
    if (this.#child !== undefined) throw writerHeld([this.#child.describe()])
    const { runOrFail } = this.connection
    if (runOrFail === undefined) throw new TypeError("this engine cannot run statements at once")
    return runOrFail.call(this.connection, sql, parameters) as QueryResult<R>
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    while (this.#child !== undefined && !this.#isEnded) await this.#pass()
    this.#assertUsable()
    this.#streams ??= new OpenStreams()
    const { connection } = this
    this.#root.watch(connection, sql, parameters)
    const chunks = connection.stream<R>(sql, parameters, chunkSize)
    yield* this.#streams.pulled(chunks, (step) => {
      this.#assertUsable()
      throwIfAborted(signal, "The stream")
      this.#running++
      return step().finally(() => this.#settle())
    })
  }

  /** A hot path: it only returns a promise when there is something to wait for. */
  begin(settings: BeginSettings): Promise<void> | void {
    this.#assertUsable()
    if (this.#root.hasBegun) return this.#beginSavepoint()
    const beginning = this.connection.begin(settings)
    if (beginning === undefined) return this.#begun()
    return beginning.then(() => this.#begun())
  }

  /** A hot path, as `begin`. */
  commit(): Promise<void> | void {
    if (this.#running > 0) return this.#quiet().then(() => this.commit())
    if (this.#streams?.size) return this.#streams.end().then(() => this.commit())
    this.#assertUsable()
    if (this.#child !== undefined) throw nestedUnfinished(this.#name, this.#child.describe())
    if (this.#savepoint !== undefined) return this.#releaseSavepoint(this.#savepoint)
    if (!this.#owns) return
    const committing = this.connection.commit()
    if (committing === undefined) return this.#ended()
    return committing.then(() => this.#ended())
  }

  /** Undoes what this hold did, and nothing else; never hides the error that led here. */
  async rollback(): Promise<void> {
    await this.#quiet()
    await this.#streams?.end()
    if (this.#root.lost !== undefined || this.connection.isBroken || this.parent?.isEnded) return
    if (this.#savepoint !== undefined) {
      await this.connection.run(`rollback to savepoint ${this.#savepoint}`, [])
      await this.#releaseSavepoint(this.#savepoint)
    } else if (this.#owns) {
      await this.connection.rollback()
      this.#ended()
    }
  }

  /** Refuses further statements, here and in what is nested; a rollback can still follow. */
  stop(reason?: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#endReason = reason
    this.#child?.stop(reason ?? new Error("the session around it has ended"))
    for (let next = this.#serve(); next !== undefined; next = this.#serve()) next()
  }

  /** Ends this hold and lets the next one beside it begin. */
  end(): void {
    this.stop()
    if (this.parent !== undefined) this.parent.#childEnded(this)
    else this.#root.end()
  }

  #childEnded(child: Hold): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#serve()?.()
  }

  /** Waits like everybody, then lets the next one go on too. */
  async #pass(): Promise<void> {
    await this.#turn()
    this.#serve()?.()
  }

  #turn(): Promise<void> {
    this.#line ??= new WaitingLine()
    const line = this.#line
    return new Promise<void>((resolve) => line.join(resolve))
  }

  #serve(): (() => void) | undefined {
    return this.#line?.serve()
  }

  #begun(): void {
    this.#owns = true
    this.#root.hasBegun = true
  }

  #ended(): void {
    this.#owns = false
    this.#root.hasBegun = false
  }

  async #beginSavepoint(): Promise<void> {
    const savepoint = this.#root.nextSavepoint()
    await this.connection.run(`savepoint ${savepoint}`, [])
    this.#savepoint = savepoint
  }

  async #releaseSavepoint(name: string): Promise<void> {
    await this.connection.run(`release savepoint ${name}`, [])
    this.#savepoint = undefined
  }

  async #quiet(): Promise<void> {
    while (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onQuiet = resolve
      })
    }
  }

  #settle(): void {
    this.#running--
    if (this.#running === 0) this.#onQuiet?.()
  }

  #assertUsable(): void {
    if (this.#isEnded) throw sessionEnded(this.#name, this.#endReason)
    if (this.#root.lost !== undefined) throw sessionLost(this.#name, this.#root.lost)
  }
}
