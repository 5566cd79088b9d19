import type { QueryResult } from "kysely"
import type { BeginSettings, EngineConnection, Holder } from "../engines/engine-connection.ts"
import {
  nestedUnfinished,
  sessionEnded,
  sessionLost,
  transactionEnded,
  writerHeld,
} from "../errors/session-error.ts"
import { WaitingLine } from "../pool/waiting-line.ts"

/** Where a hold sends its statements; shared by a hold and everything nested in it. */
interface Root {
  readonly connection: EngineConnection
  /** Why the database gave the transaction up. */
  lost: unknown
  savepoints: number
  /** Whether a transaction was begun through a hold; asking the database costs more. */
  hasBegun: boolean
}

/**
 * Exclusive use of one connection, or, nested, of a part of its transaction. A hold without a
 * transaction runs its statements one by one. While a nested hold is open, the statements of the
 * outer one wait: they must not vanish with the nested one's rollback.
 */
export class Hold implements Holder {
  readonly parent: Hold | undefined
  readonly #root: Root
  readonly #name: string
  readonly #openedAt = performance.now()
  readonly #line = new WaitingLine<() => void>()
  #child: Hold | undefined
  #savepoint: string | undefined
  /** Whether this hold began the transaction. */
  #owns = false
  #isEnded = false
  #endReason: unknown
  #running = 0
  #onQuiet: (() => void) | undefined

  private constructor(root: Root, parent: Hold | undefined, name: string) {
    this.#root = root
    this.parent = parent
    this.#name = name
  }

  /** Holds a connection that the caller has acquired. */
  static over(connection: EngineConnection, name: string): Hold {
    return new Hold(
      { connection, lost: undefined, savepoints: 0, hasBegun: false },
      undefined,
      name,
    )
  }

  get connection(): EngineConnection {
    return this.#root.connection
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
    for (let hold: Hold | undefined = this; hold !== undefined; hold = hold.parent) {
      if (hold === other) return true
    }
    return false
  }

  async run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    while (this.#child !== undefined && !this.#isEnded) await this.#pass()
    this.#assertUsable()
    this.#running++
    const { hasBegun } = this.#root
    try {
      const result = await this.connection.run<R>(sql, parameters)
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
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    while (this.#child !== undefined && !this.#isEnded) await this.#pass()
    this.#assertUsable()
    yield* this.connection.stream<R>(sql, parameters, chunkSize)
  }

  /** A hot path: it only returns a promise when there is something to wait for. */
  begin(settings: BeginSettings): Promise<void> | void {
    this.#assertUsable()
    if (this.#root.hasBegun) return this.#beginSavepoint()
    const beginning = this.connection.begin(settings)
    if (beginning === undefined) return this.#begun()
    return beginning.then(() => this.#begun())
  }

  async commit(): Promise<void> {
    if (this.#running > 0) await this.#quiet()
    this.#assertUsable()
    if (this.#child !== undefined) throw nestedUnfinished(this.#name, this.#child.describe())
    if (this.#savepoint !== undefined) {
      await this.connection.run(`release savepoint ${this.#savepoint}`, [])
      this.#savepoint = undefined
    } else if (this.#owns) {
      await this.connection.commit()
      this.#ended()
    }
  }

  /** Undoes what this hold did, and nothing else; never hides the error that led here. */
  async rollback(): Promise<void> {
    await this.#quiet()
    if (this.#root.lost !== undefined || this.connection.isBroken || this.parent?.isEnded) return
    if (this.#savepoint !== undefined) {
      await this.connection.run(`rollback to savepoint ${this.#savepoint}`, [])
      await this.connection.run(`release savepoint ${this.#savepoint}`, [])
      this.#savepoint = undefined
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
    for (let next = this.#line.serve(); next !== undefined; next = this.#line.serve()) next()
  }

  /** Ends this hold and lets the next one beside it begin. */
  end(): void {
    this.stop()
    if (this.parent !== undefined) this.parent.#childEnded(this)
  }

  #childEnded(child: Hold): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#line.serve()?.()
  }

  /** Waits like everybody, then lets the next one go on too. */
  async #pass(): Promise<void> {
    await this.#turn()
    this.#line.serve()?.()
  }

  #turn(): Promise<void> {
    return new Promise<void>((resolve) => this.#line.join(resolve))
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
    const savepoint = `persist_${++this.#root.savepoints}`
    await this.connection.run(`savepoint ${savepoint}`, [])
    this.#savepoint = savepoint
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
