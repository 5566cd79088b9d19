import { PersistError } from "@persist/core"
import type { QueryResult } from "kysely"
import { databaseError } from "../../errors/database-error.ts"
import { WaitingLine } from "../../pool/waiting-line.ts"
import type { BeginSettings } from "../engine-connection.ts"
import { commitUnknown, rolledBackInstead } from "../server/commit-error.ts"
import type { ServerConnection } from "../server/server-driver.ts"
import { KnownRun } from "./known-run.ts"
import { KnownStatement } from "./known-statement.ts"
import { type NamedStatement, NamedStatements } from "./named-statements.ts"
import type { PgClient, PgModule, PgQuery, PgResult } from "./pg-client.ts"
import { postgresFault } from "./postgres-fault.ts"
import {
  bindPostgres,
  isShortInteger,
  parseShortInteger,
  postgresParsers,
  shortenExpressions,
} from "./postgres-values.ts"
import { isStalePlan, stalePlan } from "./stale-plan.ts"

const hasFixedColumns =
  /^\s*(?:\(|(?:select|with|values|table|insert|update|delete|merge|begin|commit|rollback|savepoint|release)\b)/i

/** One connection to PostgreSQL through `pg`. */
export class PostgresConnection implements ServerConnection {
  readonly #client: PgClient
  readonly #statements: NamedStatements
  readonly #types: NonNullable<PgQuery["types"]>
  readonly #cancel: (processId: number) => Promise<void>
  readonly #line = new WaitingLine<() => void>()
  #isBusy = false
  #isBroken = false
  #hasBegun = false
  #cursors = 0

  constructor(
    client: PgClient,
    types: PgModule["types"],
    statementCache: number,
    cancel: (processId: number) => Promise<void>,
  ) {
    this.#client = client
    this.#cancel = cancel
    this.#statements = new NamedStatements(statementCache)
    this.#types = {
      getTypeParser: (oid, format) =>
        (format !== "binary" && postgresParsers[oid]) || types.getTypeParser(oid, format),
    }
    const onLoss = () => {
      this.#isBroken = true
    }
    client.on("error", onLoss)
    client.on("end", onLoss)
  }

  get inTransaction(): boolean {
    const status = this.#client.getTransactionStatus?.()
    return status === undefined || status === null ? this.#hasBegun : status !== "I"
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** A hot path: what is known is sent at once, and its answer needs one promise. */
  run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    if (this.#isBusy || this.#statements.hasDropped) return this.#runUnknown(sql, parameters)
    const known = this.#statements.knownOf(sql)
    if (known === undefined) return this.#runUnknown(sql, parameters)
    return new Promise((resolve, reject) => {
      const message = known.message(bindPostgres(parameters))
      if (message === undefined) {
        resolve(this.#runUnknown(sql, parameters))
        return
      }
      this.#isBusy = true
      const run = new KnownRun<R>(known, message, (error, result) => {
        this.#serveNext()
        if (result !== undefined) resolve(result)
        else if (!isStalePlan(error)) reject(this.#failure(error, sql))
        else {
          const forgotten = this.#forget(sql, known.name, error)
          resolve(forgotten.then(() => this.#runUnknown(sql, parameters)))
        }
      })
      this.#client.query(run)
    })
  }

  async #runUnknown<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    const result = await this.#query(sql, parameters)
    const { rows, fields } = result
    if (fields !== undefined && rows.length > 0) shortenExpressions(rows, fields)
    if (/^(INSERT|UPDATE|DELETE|MERGE)$/.test(result.command)) {
      return { rows: rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) }
    }
    return { rows: (rows ?? []) as R[] }
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    const isOwn = !this.inTransaction
    if (isOwn) await this.run("begin", [])
    const cursor = `persist_cursor_${++this.#cursors}`
    try {
      await this.#query(`declare ${cursor} no scroll cursor for ${sql}`, parameters)
      for (;;) {
        const { rows } = await this.run<R>(
          `fetch forward ${Math.max(1, chunkSize)} from ${cursor}`,
          [],
        )
        if (rows.length > 0) yield { rows }
        if (rows.length < chunkSize) break
      }
      if (isOwn) await this.commit()
    } finally {
      if (isOwn) await this.rollback()
      else if (!this.#isBroken && this.#client.getTransactionStatus?.() !== "E") {
        await this.run(`close ${cursor}`, []).catch(() => {})
      }
    }
  }

  async begin({ isolationLevel, readOnly }: BeginSettings): Promise<void> {
    const level = isolationLevel === "snapshot" ? "repeatable read" : isolationLevel
    const modes = [level && `isolation level ${level}`, readOnly && "read only"].filter(Boolean)
    await this.run(`begin ${modes.join(", ")}`.trim(), [])
    this.#hasBegun = true
  }

  async commit(): Promise<void> {
    try {
      const { command } = await this.#query("commit", [])
      this.#hasBegun = false
      // PostgreSQL answers a commit after a failed statement with a rollback.
      if (command === "ROLLBACK") throw rolledBackInstead()
    } catch (error) {
      if (PersistError.is(error, "ERR_PERSIST_CONNECTION")) throw commitUnknown(error)
      throw error
    }
  }

  async rollback(): Promise<void> {
    if (this.#isBroken || !this.inTransaction) return
    try {
      await this.#query("rollback", [])
    } catch {
      this.#isBroken = true
    }
    this.#hasBegun = false
  }

  async cancel(): Promise<void> {
    const { processID } = this.#client
    if (typeof processID === "number") await this.#cancel(processID)
  }

  async close(): Promise<void> {
    if (this.#client.release !== undefined) this.#client.release(this.#isBroken)
    else await this.#client.end().catch(() => {})
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<PgResult> {
    const values = bindPostgres(parameters)
    // One statement at a time: those of a session that come at once form a line.
    if (this.#isBusy) await new Promise<void>((resolve) => this.#line.join(resolve))
    this.#isBusy = true
    try {
      return await this.#prepared(sql, values)
    } finally {
      this.#serveNext()
    }
  }

  #serveNext(): void {
    const next = this.#line.serve()
    if (next === undefined) this.#isBusy = false
    else next()
  }

  async #prepared(sql: string, values: unknown[]): Promise<PgResult> {
    const statement = this.#statements.of(sql)
    if (this.#statements.hasDropped) await this.#deallocate()
    try {
      const result = await this.#send(sql, values, statement?.name)
      if (statement !== undefined && statement.known === undefined)
        this.#know(statement, sql, result)
      return result
    } catch (error) {
      if (!isStalePlan(error) || statement === undefined) throw this.#failure(error, sql)
      // The tables changed under the prepared statement. Outside of a transaction it is simply sent anew.
      await this.#forget(sql, statement.name, error)
      return this.#send(sql, values, undefined).catch((again: unknown) => {
        throw this.#failure(again, sql)
      })
    }
  }

  /** Remembers the columns of a statement, unless its text leaves them to the moment, as `execute` does. */
  #know(statement: NamedStatement, sql: string, { fields = [] }: PgResult): void {
    const { connection, pipeline } = this.#client
    if (connection?.stream === undefined || pipeline || !hasFixedColumns.test(sql)) return
    const parsers = fields.map((field) =>
      isShortInteger(field)
        ? parseShortInteger
        : this.#types.getTypeParser(field.dataTypeID, "text"),
    )
    statement.known = new KnownStatement(statement.name, fields, parsers)
  }

  #send(text: string, values: unknown[], name: string | undefined): Promise<PgResult> {
    const types = this.#types
    return this.#client.query(
      name === undefined ? { text, values, types } : { text, values, types, name },
    )
  }

  async #deallocate(): Promise<void> {
    const status = this.#client.getTransactionStatus?.()
    if (status === "E") return
    for (const name of this.#statements.takeDropped()) {
      await this.#client.query({ text: `deallocate "${name}"` }).catch(() => {})
      delete this.#client.connection?.parsedStatements?.[name]
    }
  }

  /** Forgets a stale statement, so that it can be sent anew. @throws `cause` inside a transaction, which it has failed. */
  async #forget(sql: string, name: string, cause: unknown): Promise<void> {
    this.#statements.forget(sql)
    delete this.#client.connection?.parsedStatements?.[name]
    if (this.inTransaction) throw this.#failure(cause, sql)
    await this.#client.query({ text: `deallocate "${name}"` }).catch(() => {})
  }

  #failure(error: unknown, sql: string): unknown {
    if (PersistError.is(error)) return error
    const fault = isStalePlan(error) ? stalePlan : postgresFault(error)
    if (fault === undefined) return error
    if (fault.code === "ERR_PERSIST_CONNECTION") this.#isBroken = true
    return databaseError(fault, sql, error)
  }
}
