import { StatementCache } from "../statement-cache.ts"
import { visibleColumns } from "../visible-columns.ts"
import { describeMessage } from "./describe-message.ts"
import type { PgField, PgliteClient, PgliteField } from "./pg-client.ts"
import { isShortInteger } from "./postgres-values.ts"

const mostStatements = 500

/**
 * Finds out which columns of PGlite's results are expressions: those are asked for, once for each statement,
 * by PostgreSQL's protocol ("Describe"), as `query` does not tell.
 */
export class PgliteColumns {
  readonly #client: PgliteClient
  readonly #expressions = new StatementCache<ReadonlySet<string>>(mostStatements)

  constructor(client: PgliteClient) {
    this.#client = client
  }

  async of(sql: string, fields: readonly PgliteField[]): Promise<readonly PgField[]> {
    if (!fields.some(isShortInteger)) return []
    let expressions = this.#expressions.get(sql)
    if (expressions === undefined) {
      expressions = await this.#expressionsOf(sql).catch(() => new Set<string>())
      this.#expressions.set(sql, expressions)
    }
    const isExpression = (name: string) => expressions.has(name)
    return fields.map((field) => ({ ...field, tableID: isExpression(field.name) ? 0 : 1 }))
  }

  async #expressionsOf(sql: string): Promise<ReadonlySet<string>> {
    const { execProtocol, runExclusive } = this.#client
    if (execProtocol === undefined || runExclusive === undefined) return new Set()
    const { messages } = (await runExclusive.call(this.#client, () =>
      execProtocol.call(this.#client, describeMessage(sql), { syncToFs: false }),
    )) as Awaited<ReturnType<typeof execProtocol>>
    const told = messages.find((message) => "fields" in message)
    const fields = (told as { fields?: readonly PgField[] } | undefined)?.fields ?? []
    return new Set(
      visibleColumns(fields)
        .filter(({ tableID }) => tableID === 0)
        .map(({ name }) => name),
    )
  }
}
