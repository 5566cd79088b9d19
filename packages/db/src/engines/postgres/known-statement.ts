import { bindHead, bindMessage } from "./bind-message.ts"
import type { PgField } from "./pg-client.ts"

/** Reads the text of one column. */
export type ColumnParser = (text: string) => unknown

/**
 * A prepared statement whose columns are known, so that it is run without asking for them again:
 * PostgreSQL refuses to run it when they would be others ("cached plan must not change result type").
 */
export class KnownStatement {
  readonly name: string
  readonly #head: Buffer
  readonly #names: readonly string[]
  readonly #parsers: readonly ColumnParser[]
  /** A row of nulls; a copy of it has all its properties in place. */
  readonly #template: Readonly<Record<string, null>>

  constructor(name: string, fields: readonly PgField[], parsers: readonly ColumnParser[]) {
    this.name = name
    this.#head = bindHead(name)
    this.#names = fields.map((field) => field.name)
    this.#parsers = parsers
    this.#template = Object.fromEntries(this.#names.map((column) => [column, null]))
  }

  /** What is sent to run it; `undefined` for values that only the driver can write. */
  message(values: readonly unknown[]): Buffer | undefined {
    return bindMessage(this.#head, values)
  }

  /** The row that `texts`, one for each column, stand for. */
  row(texts: readonly (string | null)[]): Record<string, unknown> {
    const names = this.#names
    if (texts.length !== names.length) throw new Error("the row has other columns than were told")
    const row: Record<string, unknown> = { ...this.#template }
    for (let index = 0; index < names.length; index++) {
      const text = texts[index]!
      if (text !== null) row[names[index]!] = this.#parsers[index]!(text)
    }
    return row
  }
}
