import type { QueryResult } from "kysely"
import type { KnownStatement } from "./known-statement.ts"
import type { PgSubmittable, PgWire } from "./pg-client.ts"

/** A known statement on its way through `pg`, which passes on what the server answers. */
export class KnownRun<R> implements PgSubmittable {
  // `pg` puts its own in place of it where there is a `query_timeout`.
  callback: (error: unknown, result?: QueryResult<R>) => void
  readonly #statement: KnownStatement
  readonly #message: Buffer
  readonly #rows: R[] = []
  #changes: string | undefined
  #failure: unknown

  constructor(
    statement: KnownStatement,
    message: Buffer,
    callback: (error: unknown, result?: QueryResult<R>) => void,
  ) {
    this.#statement = statement
    this.#message = message
    this.callback = callback
  }

  submit({ stream }: PgWire): null {
    if (stream.writable) stream.write(this.#message)
    return null
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#failure !== undefined) return
    try {
      this.#rows.push(this.#statement.row(fields) as R)
    } catch (error) {
      this.#failure = error
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#changes = /^(?:INSERT|UPDATE|DELETE|MERGE) (?:\d+ )?(\d+)/.exec(text)?.[1]
  }

  handleReadyForQuery(): void {
    if (this.#failure !== undefined) this.callback(this.#failure)
    else if (this.#changes === undefined) this.callback(null, { rows: this.#rows })
    else this.callback(null, { rows: this.#rows, numAffectedRows: BigInt(this.#changes) })
  }

  handleError(error: unknown): void {
    this.callback(this.#failure ?? error)
  }

  handleRowDescription(): void {}

  handleEmptyQuery(): void {}
}
