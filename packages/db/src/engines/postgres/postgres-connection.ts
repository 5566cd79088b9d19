import type { QueryResult } from "kysely"
import { beginSql } from "../begin-sql.ts"
import type { BeginSettings } from "../engine-connection.ts"
import { inChunks } from "../in-chunks.ts"
import { commitUnknown, rolledBackInstead } from "../server/commit-error.ts"
import { LinkWatch } from "../server/link-watch.ts"
import type { ServerConnection } from "../server/server-driver.ts"
import { leavesTraces } from "../server/traces.ts"
import { allowsCursor } from "./cursor.ts"
import type { PgClient, PgModule } from "./pg-client.ts"
import { PostgresStatements } from "./postgres-statements.ts"

export interface PostgresConnectionOptions {
  readonly types: PgModule["types"]
  /** Most prepared statements. */
  readonly statementCache: number
  /** Milliseconds that a statement may take. */
  readonly timeout: number | undefined
  /** Ends, over another connection, what the server process runs. */
  cancel(processId: number, isWanted: () => boolean): Promise<void>
}

/** One connection to PostgreSQL through `pg`. */
export class PostgresConnection implements ServerConnection {
  readonly #client: PgClient
  readonly #watch: LinkWatch
  readonly #statements: PostgresStatements
  readonly #onLoss = () => {
    this.#watch.isBroken = true
  }
  #cursors = 0

  constructor(client: PgClient, options: PostgresConnectionOptions) {
    const { types, statementCache, timeout } = options
    this.#client = client
    this.#watch = new LinkWatch({
      timeout,
      async cancel(isWanted) {
        if (typeof client.processID === "number") await options.cancel(client.processID, isWanted)
      },
      drop(reason) {
        if (client.connection === undefined) client.end().catch(() => {})
        else client.connection.stream.destroy(reason)
      },
    })
    this.#statements = new PostgresStatements(client, types, statementCache, this.#watch)
    client.on("error", this.#onLoss)
    client.on("end", this.#onLoss)
  }

  get inTransaction(): boolean {
    return this.#statements.inTransaction
  }

  get isBroken(): boolean {
    return this.#watch.isBroken
  }

  run<R>(
    sql: string,
    parameters: readonly unknown[],
    onStart?: () => void,
  ): Promise<QueryResult<R>> {
    return this.#statements.run(sql, parameters, onStart)
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
    const isOwn = !this.inTransaction
    if (isOwn) await this.run("begin", [])
    const cursor = `persist_cursor_${++this.#cursors}`
    try {
      await this.#statements.query(`declare ${cursor} no scroll cursor for ${sql}`, parameters)
      for (;;) {
        const { rows } = await this.run<R>(
          `fetch forward ${Math.max(1, chunkSize)} from ${cursor}`,
          [],
        )
        if (rows.length > 0) yield { rows }
        if (rows.length < chunkSize) break
      }
      // It only reads: when this gets lost, no doubt is left, unlike with other commits.
      if (isOwn) await this.run("commit", [])
    } finally {
      if (isOwn) await this.rollback()
      else if (!this.isBroken && this.#client.getTransactionStatus?.() !== "E") {
        await this.#watch.soon(this.run(`close ${cursor}`, [])).catch(() => {})
      }
    }
  }

  async begin(settings: BeginSettings): Promise<void> {
    for (const sql of beginSql("postgres", settings)) await this.run(sql, [])
    this.#statements.hasBegun = true
  }

  async commit(): Promise<void> {
    const wasBroken = this.isBroken
    try {
      const { command } = await this.#statements.query("commit", [])
      this.#statements.hasBegun = false
      // PostgreSQL answers a commit after a failed statement with a rollback.
      if (command === "ROLLBACK") throw rolledBackInstead()
    } catch (error) {
      throw this.isBroken && !wasBroken ? commitUnknown(error) : error
    }
  }

  async rollback(): Promise<void> {
    if (this.isBroken || !this.inTransaction) return
    try {
      await this.#watch.soon(this.#statements.query("rollback", []))
    } catch {
      this.#watch.isBroken = true
    }
    this.#statements.hasBegun = false
  }

  leavesTraces(sql: string, parameters: readonly unknown[]): boolean {
    return leavesTraces("postgres", sql, parameters)
  }

  abandon(): void {
    this.#watch.isBroken = true
  }

  cancel(): Promise<void> {
    return this.#watch.cancel()
  }

  async close(): Promise<void> {
    const client = this.#client
    if (client.release === undefined) {
      await this.#watch.soon(client.end()).catch(() => {})
      return
    }
    client.off("end", this.#onLoss)
    // A broken one keeps it: an error that nobody listens to would end the program.
    if (!this.isBroken) client.off("error", this.#onLoss)
    client.release(this.isBroken)
  }
}
