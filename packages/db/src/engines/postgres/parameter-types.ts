import { describeMessage } from "./describe-message.ts"
import type { ParameterDescription, PgClient, PgSubmittable, PgWire } from "./pg-client.ts"

class Description implements PgSubmittable {
  // `pg` puts its own in place of it where there is a `query_timeout`.
  callback: (error: unknown, types?: readonly number[]) => void
  readonly #sql: string
  #types: readonly number[] = []
  #wire: PgWire | undefined
  readonly #onTypes = ({ dataTypeIDs }: ParameterDescription) => {
    this.#types = dataTypeIDs
  }

  constructor(sql: string, callback: (error: unknown, types?: readonly number[]) => void) {
    this.#sql = sql
    this.callback = callback
  }

  submit(wire: PgWire): null {
    this.#wire = wire
    wire.on?.("parameterDescription", this.#onTypes)
    if (wire.stream.writable) wire.stream.write(describeMessage(this.#sql))
    return null
  }

  handleReadyForQuery(): void {
    this.#wire?.off?.("parameterDescription", this.#onTypes)
    this.callback(null, this.#types)
  }

  handleError(error: unknown): void {
    this.#wire?.off?.("parameterDescription", this.#onTypes)
    this.callback(error)
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}
}

const lists = /\b(?:any|all)\s*\(\s*\$(\d+)\s*\)/gi

/**
 * Asks PostgreSQL for the types of a statement's parameters, as far as arrays are written by them. None where the
 * driver has no way to, nor where all arrays among `values` are lists to compare with: nothing else can stand there.
 */
export async function parameterTypes(
  client: PgClient,
  sql: string,
  values: readonly unknown[],
): Promise<readonly number[]> {
  if (client.connection?.on === undefined || client.pipeline) return []
  const compared = new Set(Array.from(sql.matchAll(lists), ([, number]) => Number(number) - 1))
  if (values.every((value, index) => !Array.isArray(value) || compared.has(index))) return []
  const types = await new Promise<readonly number[]>((resolve, reject) => {
    client.query(
      new Description(sql, (error, told) => {
        if (told === undefined) reject(error)
        else resolve(told)
      }),
    )
  })
  return withoutUnknown(client, types)
}

/** Types from here on are not PostgreSQL's own. */
const firstOfOthers = 16_384
const text = 25

/**
 * Domains, types of extensions and the like as text where they hold no array: an array is JSON there. All of them, for
 * the next time that the statement runs its arrays may be others.
 */
async function withoutUnknown(
  client: PgClient,
  types: readonly number[],
): Promise<readonly number[]> {
  const unknown = types.filter((type) => type >= firstOfOthers)
  if (unknown.length === 0) return types
  const { rows } = await client.query({
    text: "select oid::int8::text as type from pg_catalog.pg_type where oid = any($1::oid[]) and typcategory = 'A'",
    values: [unknown],
  })
  const arrays = new Set(rows.map(({ type }) => Number(type)))
  return types.map((type) => (unknown.includes(type) && !arrays.has(type) ? text : type))
}
