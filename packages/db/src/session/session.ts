import type { Dialect, Kysely } from "kysely"
import type { SqlParameters, SqlResult, StatementText } from "../sql/execute-sql.ts"
import { kyselyOver } from "./database-executor.ts"
import type { StatementRunner } from "./statement-runner.ts"

/**
 * A transaction, as `getSession` gives it to its work. What runs in that work belongs to it too when
 * it goes through the database itself; this object also works where the ambient session is lost,
 * such as in an event listener.
 */
export class Session<Schema = unknown> {
  readonly #dialect: Dialect
  readonly #runner: StatementRunner
  readonly #text: StatementText
  #kysely: Kysely<Schema> | undefined

  /** @internal Made by `getSession`. */
  constructor(dialect: Dialect, runner: StatementRunner, text: StatementText) {
    this.#dialect = dialect
    this.#runner = runner
    this.#text = text
  }

  /** Typed queries inside this session. */
  get kysely(): Kysely<Schema> {
    this.#kysely ??= kyselyOver<Schema>(this.#dialect, this.#runner)
    return this.#kysely
  }

  /** `DatabaseStorage.executeSql` inside this session. */
  executeSql<Row = Record<string, unknown>>(
    sql: string | TemplateStringsArray,
    ...parameters: SqlParameters
  ): Promise<SqlResult<Row>> {
    return this.#text.execute<Row>(this.#runner, sql, parameters)
  }
}
