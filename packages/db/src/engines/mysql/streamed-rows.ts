import type { MysqlClient, MysqlField, MysqlQuery } from "./mysql-client.ts"

type Row = Record<string, unknown>

/** Rows that are read as they are asked for. */
export interface StreamedRows {
  /** What the columns are, once a row has come. */
  readonly fields: readonly MysqlField[]
  /** The next rows: as many as `count`, or fewer at the end. */
  take(count: number): Promise<Row[]>
}

/** Runs a query whose rows are not read at once. A loss of the connection, which mysql2 keeps from a stream, ends it. */
export function streamedRows(
  { connection }: MysqlClient,
  query: MysqlQuery,
  highWaterMark: number,
): StreamedRows {
  const command = connection.execute(query)
  let fields: readonly MysqlField[] = []
  command.on("fields", (given) => {
    fields = given
  })
  const rows = command.stream({ highWaterMark })[Symbol.asyncIterator]() as AsyncIterator<Row>
  return {
    get fields() {
      return fields
    },
    async take(count) {
      const { promise: lost, reject } = Promise.withResolvers<never>()
      const onLoss = (error?: Error) => reject(error ?? new Error("Connection lost"))
      connection.on("error", onLoss)
      connection.on("end", onLoss)
      try {
        const taken: Row[] = []
        while (taken.length < count) {
          const step = await Promise.race([rows.next(), lost])
          if (step.done) break
          taken.push(step.value)
        }
        return taken
      } finally {
        connection.off("error", onLoss)
        connection.off("end", onLoss)
      }
    },
  }
}
