import { PersistError } from "@persist/core"
import { isError, othersTurn } from "@persist/core/options"
import type { QueryResult } from "kysely"
import { databaseError } from "../../errors/database-error.ts"
import { WaitingLine } from "../../pool/waiting-line.ts"
import { beginSql } from "../begin-sql.ts"
import type { BeginSettings } from "../engine-connection.ts"
import { inChunks } from "../in-chunks.ts"
import { commitUnknown } from "../server/commit-error.ts"
import { LinkWatch } from "../server/link-watch.ts"
import type { ServerConnection } from "../server/server-driver.ts"
import { leavesTraces } from "../server/traces.ts"
import { borrowClient } from "./lent-client.ts"
import type { MysqlClient } from "./mysql-client.ts"
import { isRolledBack, isTooLarge, mysqlFault } from "./mysql-fault.ts"
import { mysqlResult } from "./mysql-result.ts"
import { bindMysql, decodeMysql } from "./mysql-values.ts"
import { streamedRows } from "./streamed-rows.ts"
import { writtenOut } from "./written-out.ts"

/** The protocol counts them in 16 bits. */
const mostParameters = 65_535
/** Here the grammar knows no parameter; Kysely's plugin for comparisons with null writes such. */
const comparesByIs = /\bis\s+(?:not\s+)?\?/i

/** Whether the values can only be sent inside the text. */
function mustBeWritten(sql: string, parameters: readonly unknown[]): boolean {
  return parameters.length > mostParameters || (parameters.length > 0 && comparesByIs.test(sql))
}

export interface MysqlConnectionOptions {
  /** Whether a pool of the caller's wants the client back. */
  readonly isLent: boolean
  /** Milliseconds that a statement may take. */
  readonly timeout: number | undefined
  /** Writes an integer of 64 bits. */
  readonly integer: (value: bigint) => unknown
  /** Ends, over another connection, what the server's thread runs. */
  cancel(threadId: number, isWanted: () => boolean): Promise<void>
}

/** One connection to MySQL or MariaDB through `mysql2`. */
export class MysqlConnection implements ServerConnection {
  readonly #client: MysqlClient
  readonly #isLent: boolean
  readonly #integer: (value: bigint) => unknown
  readonly #watch: LinkWatch
  readonly #onLoss = () => {
    this.#watch.isBroken = true
  }
  #giveBack: (() => Promise<void>) | undefined
  readonly #line = new WaitingLine<() => void>()
  #isBusy = false
  #inTransaction = false

  constructor(client: MysqlClient, { isLent, timeout, cancel, integer }: MysqlConnectionOptions) {
    this.#client = client
    this.#integer = integer
    this.#isLent = isLent
    this.#watch = new LinkWatch({
      timeout,
      async cancel(isWanted) {
        if (client.threadId !== null) await cancel(client.threadId, isWanted)
      },
      drop: (reason) => client.connection.stream.destroy(reason),
    })
    client.connection.on("error", this.#onLoss)
    client.connection.on("end", this.#onLoss)
  }

  get inTransaction(): boolean {
    return this.#inTransaction
  }

  get isBroken(): boolean {
    return this.#watch.isBroken
  }

  async run<R>(
    sql: string,
    parameters: readonly unknown[],
    onStart?: () => void,
  ): Promise<QueryResult<R>> {
    const isWritten = mustBeWritten(sql, parameters)
    const values = this.#bound(parameters, isWritten)
    // One statement at a time, so that it is known which one a cancellation meets.
    if (this.#isBusy) await new Promise<void>((resolve) => this.#line.join(resolve))
    this.#isBusy = true
    try {
      return await this.#timed(sql, async () => {
        onStart?.()
        return this.#result<R>(await this.#send(sql, values, isWritten), sql)
      })
    } finally {
      const next = this.#line.serve()
      if (next === undefined) this.#isBusy = false
      else next()
    }
  }

  /** Runs what every connection begins with; one that does not get so far is dropped. */
  async prepare(sql: string): Promise<void> {
    const prepare = async () => {
      if (this.#isLent) this.#giveBack = await borrowClient(this.#client)
      await this.#client.query({ sql })
    }
    await this.#watch.soon(prepare()).catch((error: unknown) => {
      this.#client.destroy()
      throw error
    })
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    // An open stream blocks its connection, so in a session the rows are read at once.
    if (this.#inTransaction || mustBeWritten(sql, parameters)) {
      yield* inChunks((await this.run<R>(sql, parameters)).rows, chunkSize)
      return
    }
    const values = this.#bound(parameters, false)
    let isComplete = false
    const onFailure = (error: unknown) => {
      // Of what the server refuses, no rows are left; a loss has been noticed already.
      isComplete = PersistError.is(error)
      throw error
    }
    try {
      const rows = streamedRows(this.#client, { sql, values }, chunkSize)
      while (!isComplete) {
        const chunk = await this.#timed(sql, () => rows.take(chunkSize)).catch(onFailure)
        isComplete = chunk.length < chunkSize
        decodeMysql(chunk, rows.fields)
        if (chunk.length > 0) yield { rows: chunk as R[] }
        // Rows that have arrived are given without waiting, so that nothing else would have its turn.
        const turn = othersTurn()
        if (turn !== undefined) await turn
      }
    } finally {
      // What is left unread would come before the next statement's answer.
      if (!isComplete) this.#watch.isBroken = true
    }
  }

  /** Runs `work`, a statement or a part of one, within the time limit. */
  async #timed<T>(sql: string, work: () => Promise<T>): Promise<T> {
    const deadline = this.#watch.begin()
    const wasInTransaction = this.#inTransaction
    try {
      return await work()
    } catch (error) {
      const failure = this.#watch.explain(this.#failure(error, sql), deadline, sql)
      if (wasInTransaction && !this.#inTransaction) await this.#forgetTransaction()
      throw failure
    } finally {
      const requests = this.#watch.end(deadline)
      if (requests !== undefined) await requests
    }
  }

  async begin(settings: BeginSettings): Promise<void> {
    const [first, ...rest] = beginSql("mysql", settings)
    await this.run(first!, [])
    try {
      for (const sql of rest) await this.run(sql, [])
    } catch (error) {
      // What was set for the next transaction would be that of another session.
      this.#watch.isBroken = true
      throw error
    }
    this.#inTransaction = true
  }

  async commit(): Promise<void> {
    const wasBroken = this.isBroken
    try {
      await this.run("commit", [])
      this.#inTransaction = false
    } catch (error) {
      throw this.isBroken && !wasBroken ? commitUnknown(error) : error
    }
  }

  async rollback(): Promise<void> {
    if (this.isBroken || !this.#inTransaction) return
    this.#inTransaction = false
    await this.#watch.soon(this.run("rollback", [])).catch(() => {
      this.#watch.isBroken = true
    })
  }

  /** To the loser of a deadlock, its isolation level and `read only` stay for what comes next until it says that it is over. */
  async #forgetTransaction(): Promise<void> {
    if (this.isBroken) return
    await this.#watch.soon(this.#client.query({ sql: "rollback" })).catch(() => {
      this.#watch.isBroken = true
    })
  }

  leavesTraces(sql: string): boolean {
    return leavesTraces("mysql", sql)
  }

  abandon(): void {
    this.#watch.isBroken = true
  }

  cancel(): Promise<void> {
    return this.#watch.cancel()
  }

  async close(): Promise<void> {
    const client = this.#client
    if (this.isBroken) client.destroy()
    else if (this.#isLent) {
      client.connection.off("end", this.#onLoss)
      client.connection.off("error", this.#onLoss)
      await this.#watch.soon(this.#giveBack!()).catch(() => client.destroy())
    } else await this.#watch.soon(client.end()).catch(() => {})
  }

  #bound(parameters: readonly unknown[], isWritten: boolean): unknown[] {
    return bindMysql(parameters, isWritten ? (value) => value : this.#integer)
  }

  #send(sql: string, values: unknown[], isWritten: boolean): ReturnType<MysqlClient["query"]> {
    if (values.length === 0) return this.#client.query({ sql })
    if (!isWritten) return this.#client.execute({ sql, values })
    const written = (value: unknown) => this.#client.connection.escape(value)
    return this.#client.query({ sql: writtenOut(sql, values, written) }).catch((error: unknown) => {
      // The driver's error shows the statement that was sent, values and all.
      throw isError(error) && "sql" in error ? Object.assign(error, { sql }) : error
    })
  }

  #result<R>(answer: Awaited<ReturnType<MysqlClient["query"]>>, sql: string): QueryResult<R> {
    const { result, inTransaction } = mysqlResult<R>(answer, sql)
    if (inTransaction !== undefined) this.#inTransaction = inTransaction
    return result
  }

  #failure(error: unknown, sql: string): unknown {
    if (PersistError.is(error)) return error
    const fault = mysqlFault(error)
    if (fault === undefined) return error
    if (fault.code === "ERR_PERSIST_CONNECTION" || isTooLarge(error)) this.#watch.isBroken = true
    if (isRolledBack(fault, error)) this.#inTransaction = false
    return databaseError(fault, sql, error)
  }
}
