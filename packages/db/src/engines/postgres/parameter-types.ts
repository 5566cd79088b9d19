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
 * Asks PostgreSQL for the types of a statement's parameters. None where the driver has no way to, nor where all
 * arrays among `values` are lists to compare with: nothing else can stand there.
 */
export async function parameterTypes(
  client: PgClient,
  sql: string,
  values: readonly unknown[],
): Promise<readonly number[]> {
  if (client.connection?.on === undefined || client.pipeline) return []
  const compared = new Set(Array.from(sql.matchAll(lists), ([, number]) => Number(number) - 1))
  if (values.every((value, index) => !Array.isArray(value) || compared.has(index))) return []
  return new Promise((resolve, reject) => {
    client.query(
      new Description(sql, (error, types) => {
        if (types === undefined) reject(error)
        else resolve(types)
      }),
    )
  })
}
