import { PersistError } from "@persist/core"
import type { QueryResult } from "kysely"
import { databaseError } from "../../errors/database-error.ts"
import { WaitingLine } from "../../pool/waiting-line.ts"
import { beginsWith } from "../../sql/first-word.ts"
import type { Deadline, LinkWatch } from "../server/link-watch.ts"
import { visibleColumns } from "../visible-columns.ts"
import { assertNoCopy } from "./copy-statement.ts"
import { KnownRun } from "./known-run.ts"
import { KnownStatement } from "./known-statement.ts"
import { type NamedStatement, type NamedStatements, namedStatementsOf } from "./named-statements.ts"
import { parameterTypes } from "./parameter-types.ts"
import type { PgClient, PgModule, PgQuery, PgResult } from "./pg-client.ts"
import { postgresFault } from "./postgres-fault.ts"
import {
  bindArray,
  bindPostgres,
  isShortInteger,
  parseShortInteger,
  postgresParsers,
  shortenExpressions,
} from "./postgres-values.ts"
import { isStalePlan, stalePlan } from "./stale-plan.ts"

const hasFixedColumns =
  /^\s*(?:\(|(?:select|with|values|table|insert|update|delete|merge|begin|commit|savepoint|release)\b)/i

const changesTables = beginsWith("create|alter|drop|rollback")
const undoes = beginsWith("rollback")

/** Sends statements to PostgreSQL through one client of `pg`, one after the other, prepared where it pays. */
export class PostgresStatements {
  readonly #client: PgClient
  readonly #watch: LinkWatch
  readonly #named: NamedStatements
  readonly #types: NonNullable<PgQuery["types"]>
  readonly #line = new WaitingLine<() => void>()
  /** Whether a transaction was begun; only asked where the driver does not tell. */
  hasBegun = false
  #isBusy = false
  /** Whether the transaction has changed tables. */
  #hasChanged = false

  constructor(client: PgClient, types: PgModule["types"], capacity: number, watch: LinkWatch) {
    this.#client = client
    this.#watch = watch
    this.#named = namedStatementsOf(client, capacity)
    this.#types = {
      getTypeParser: (oid, format) =>
        (format !== "binary" && postgresParsers[oid]) || types.getTypeParser(oid, format),
    }
  }

  get inTransaction(): boolean {
    const status = this.#client.getTransactionStatus?.()
    return status === undefined || status === null ? this.hasBegun : status !== "I"
  }

  /** A hot path: what is known is sent at once, and its answer needs one promise. */
  run<R>(
    sql: string,
    parameters: readonly unknown[],
    onStart?: () => void,
  ): Promise<QueryResult<R>> {
    if (this.#isBusy) return this.#runUnknown(sql, parameters, onStart)
    const known = this.#named.knownOf(sql)
    if (known === undefined) return this.#runUnknown(sql, parameters, onStart)
    return new Promise((resolve, reject) => {
      const message = known.message(bindPostgres(parameters))
      if (message === undefined) {
        resolve(this.#runUnknown(sql, parameters, onStart))
        return
      }
      onStart?.()
      this.#isBusy = true
      const deadline = this.#watch.begin()
      const settle = (error: unknown, result?: QueryResult<R>) => {
        this.#serveNext()
        if (result !== undefined) resolve(result)
        else if (isStalePlan(error)) {
          const forgotten = this.#forget(sql, known.name, error)
          resolve(forgotten.then(() => this.#runUnknown(sql, parameters, onStart)))
        } else this.#fail(error, deadline, sql).then(resolve, reject)
      }
      const run = new KnownRun<R>(known, message, (error, result) => {
        const requests = this.#watch.end(deadline)
        if (requests === undefined) settle(error, result)
        else requests.then(() => settle(error, result))
      })
      this.#client.query(run)
    })
  }

  /** In a step of its own: here nobody knows who waits, but what an asynchronous function throws tells in its stack. */
  async #fail(error: unknown, deadline: Deadline | undefined, sql: string): Promise<never> {
    await undefined
    throw this.#watch.explain(this.#failure(error, sql), deadline, sql)
  }

  async #runUnknown<R>(
    sql: string,
    parameters: readonly unknown[],
    onStart: (() => void) | undefined,
  ): Promise<QueryResult<R>> {
    const result = await this.query(sql, parameters, onStart)
    const { rows, fields } = result
    if (fields !== undefined && rows.length > 0) shortenExpressions(rows, fields)
    if (/^(INSERT|UPDATE|DELETE|MERGE)$/.test(result.command)) {
      return { rows: rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) }
    }
    return { rows: (rows ?? []) as R[] }
  }

  /** Sends one statement when its turn has come; the result is the driver's. */
  async query(
    sql: string,
    parameters: readonly unknown[],
    onStart?: () => void,
  ): Promise<PgResult> {
    const values = bindPostgres(parameters)
    // One statement at a time: those of a session that come at once form a line.
    if (this.#isBusy) await new Promise<void>((resolve) => this.#line.join(resolve))
    this.#isBusy = true
    const deadline = this.#watch.begin()
    try {
      onStart?.()
      return await this.#prepared(sql, values)
    } catch (error) {
      throw this.#watch.explain(error, deadline, sql)
    } finally {
      const requests = this.#watch.end(deadline)
      if (requests !== undefined) await requests
      this.#serveNext()
    }
  }

  #serveNext(): void {
    const next = this.#line.serve()
    if (next === undefined) this.#isBusy = false
    else next()
  }

  async #prepared(sql: string, given: unknown[]): Promise<PgResult> {
    assertNoCopy(sql)
    let values = given
    const statement = this.#named.of(sql)
    // In a transaction a name that the server does not know, after all, would be its end.
    if (this.#named.hasDropped && !this.inTransaction) await this.#deallocate()
    try {
      if (given.some(Array.isArray)) values = await this.#withArrays(sql, given, statement)
      const result = await this.#send(sql, values, statement?.name)
      if (changesTables.test(sql)) this.#followTables(sql)
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

  async #withArrays(
    sql: string,
    values: readonly unknown[],
    statement: NamedStatement | undefined,
  ): Promise<unknown[]> {
    const types = statement?.types ?? (await parameterTypes(this.#client, sql, values))
    if (statement !== undefined && types.length > 0) statement.types = types
    return values.map((value, index) =>
      Array.isArray(value) ? bindArray(value, types[index], index) : value,
    )
  }

  /** Remembers the columns of a statement, unless its text leaves them to the moment, as `execute` does. */
  #know(statement: NamedStatement, sql: string, { fields = [] }: PgResult): void {
    const { connection, pipeline } = this.#client
    if (connection?.stream === undefined || pipeline || !hasFixedColumns.test(sql)) return
    // A row of it is written column by column, so each must have a name of its own.
    if (visibleColumns(fields).length < fields.length) return
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

  /** What was prepared before a change of tables in this session, or before it was undone, fits no longer. */
  #followTables(sql: string): void {
    const isUndone = undoes.test(sql)
    if (!isUndone || this.#hasChanged) this.#named.forgetAll()
    this.#hasChanged = this.inTransaction && (!isUndone || this.#hasChanged)
  }

  async #deallocate(): Promise<void> {
    for (const name of this.#named.takeDropped()) {
      await this.#client.query({ text: `deallocate "${name}"` }).catch(() => {})
      delete this.#client.connection?.parsedStatements?.[name]
    }
  }

  /** Forgets a stale statement, so that it can be sent anew. @throws `cause` inside a transaction, which it has failed. */
  async #forget(sql: string, name: string, cause: unknown): Promise<void> {
    this.#named.forget(sql)
    delete this.#client.connection?.parsedStatements?.[name]
    if (this.inTransaction) throw this.#failure(cause, sql)
    await this.#client.query({ text: `deallocate "${name}"` }).catch(() => {})
  }

  #failure(error: unknown, sql: string): unknown {
    if (PersistError.is(error)) return error
    const fault = isStalePlan(error) ? stalePlan : postgresFault(error)
    if (fault === undefined) return error
    if (fault.code === "ERR_PERSIST_CONNECTION") this.#watch.isBroken = true
    return databaseError(fault, sql, error)
  }
}
