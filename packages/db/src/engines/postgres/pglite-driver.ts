import { PersistError } from "@persist/core"
import { othersTurn } from "@persist/core/options"
import { reasonOf } from "@persist/core/values"
import type { QueryResult } from "kysely"
import { type DatabaseFault, databaseError } from "../../errors/database-error.ts"
import { beginsWith } from "../../sql/first-word.ts"
import { beginSql } from "../begin-sql.ts"
import type { BeginSettings } from "../engine-connection.ts"
import { inChunks } from "../in-chunks.ts"
import { rolledBackInstead } from "../server/commit-error.ts"
import { driverError } from "../server/driver-error.ts"
import type { ServerConnection, ServerDriver } from "../server/server-driver.ts"
import { assertNoCopy } from "./copy-statement.ts"
import { allowsCursor } from "./cursor.ts"
import type { PgliteClient } from "./pg-client.ts"
import { PgliteColumns } from "./pglite-columns.ts"
import { postgresCompiler } from "./postgres-dialect.ts"
import { postgresFault } from "./postgres-fault.ts"
import { bindPglite, pgliteTypes, shortenExpressions } from "./postgres-values.ts"

export interface PgliteOptions {
  /** A folder, or empty for a database in memory. */
  readonly address: string
  readonly client: PgliteClient | undefined
}

interface PgliteModule {
  readonly PGlite: new (folder?: string) => PgliteClient
}

async function loadPglite(): Promise<PgliteModule> {
  try {
    return (await import("@electric-sql/pglite")) as unknown as PgliteModule
  } catch (cause) {
    throw driverError("@electric-sql/pglite", cause)
  }
}

/** PostgreSQL inside this process, through PGlite. */
export function pgliteDriver({ address, client: given }: PgliteOptions): ServerDriver {
  let opened: PgliteClient | undefined
  const open = async (): Promise<PgliteClient> => {
    if (given !== undefined) return given
    const module = await loadPglite()
    opened ??= address === "" ? new module.PGlite() : new module.PGlite(address)
    return opened
  }
  return {
    name: "postgres",
    location: `pglite:${address}`,
    isPersistent: given !== undefined || address !== "",
    isLent: false,
    dialect: postgresCompiler(),
    limit: 1,
    async connect() {
      const client = await open()
      await client.waitReady
      return new PgliteConnection(client)
    },
    async listen(channel, onNotify) {
      const client = await open()
      const end = await client.listen(channel, onNotify)
      return { end }
    },
    async close() {
      await opened?.close()
    },
  }
}

/** PGlite itself refuses what it cannot write as a parameter's type. */
function refusedByDriver(error: unknown): DatabaseFault {
  return { code: "ERR_PERSIST_QUERY", what: `The statement failed: ${reasonOf(error)}` }
}

const changesRows = beginsWith("with|insert|update|delete|merge")
const recovers = beginsWith("rollback\\s+(?:work\\s+)?to")
const begins = beginsWith("begin|start\\s+transaction")
const movesTransaction = beginsWith(
  "begin|start\\s+transaction|commit|end|rollback(?!\\s+(?:to|work\\s+to))",
)

class PgliteConnection implements ServerConnection {
  readonly isBroken = false
  readonly #client: PgliteClient
  readonly #columns: PgliteColumns
  #hasBegun = false
  #hasFailed = false
  #cursors = 0

  constructor(client: PgliteClient) {
    this.#client = client
    this.#columns = new PgliteColumns(client)
  }

  get inTransaction(): boolean {
    return this.#hasBegun
  }

  async run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    assertNoCopy(sql)
    try {
      const result = await this.#client.query(sql, bindPglite(parameters), pgliteTypes)
      this.#follow(sql)
      const turn = othersTurn()
      if (turn !== undefined) await turn
      const { rows, fields, affectedRows } = result
      shortenExpressions(rows, await this.#columns.of(sql, fields))
      return changesRows.test(sql)
        ? { rows: rows as R[], numAffectedRows: BigInt(affectedRows ?? 0) }
        : { rows: rows as R[] }
    } catch (error) {
      const fault = postgresFault(error)
      // A parameter that is refused before PostgreSQL sees it leaves the transaction as it was.
      if (fault !== undefined && this.#hasBegun) this.#hasFailed = true
      if (PersistError.is(error)) throw error
      throw databaseError(fault ?? refusedByDriver(error), sql, error)
    }
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    if (!allowsCursor(sql)) {
      yield* inChunks((await this.run<R>(sql, parameters)).rows, chunkSize)
      return
    }
    const isOwn = !this.#hasBegun
    const cursor = `persist_cursor_${++this.#cursors}`
    if (isOwn) await this.run("begin", [])
    try {
      await this.run(`declare ${cursor} no scroll cursor for ${sql}`, parameters)
      for (;;) {
        const { rows } = await this.run<R>(
          `fetch forward ${Math.max(1, chunkSize)} from ${cursor}`,
          [],
        )
        if (rows.length > 0) yield { rows }
        if (rows.length < chunkSize) break
      }
    } finally {
      if (isOwn) await this.rollback()
      else if (!this.#hasFailed) await this.run(`close ${cursor}`, [])
    }
  }

  async begin(settings: BeginSettings): Promise<void> {
    for (const sql of beginSql("postgres", settings)) await this.run(sql, [])
  }

  async commit(): Promise<void> {
    const hadFailed = this.#hasFailed
    await this.run("commit", [])
    if (hadFailed) throw rolledBackInstead()
  }

  async rollback(): Promise<void> {
    if (this.#hasBegun) await this.run("rollback", [])
  }

  async cancel(): Promise<void> {}

  async close(): Promise<void> {}

  /** PGlite does not tell its state, so statements that begin and end are watched. */
  #follow(sql: string): void {
    if (recovers.test(sql)) this.#hasFailed = false
    if (!movesTransaction.test(sql)) return
    this.#hasBegun = begins.test(sql)
    this.#hasFailed = false
  }
}
