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
    if (given !== undefined) fields = given
  })
  const rows = command.stream({ highWaterMark })[Symbol.asyncIterator]() as AsyncIterator<Row>
  // A loss between two steps is told at the next one.
  let loss: Error | undefined
  let tell = (_loss: Error) => {}
  const onLoss = (error = new Error("Connection lost")) => {
    loss ??= error
    tell(loss)
  }
  connection.on("error", onLoss)
  connection.on("end", onLoss)
  const forget = () => {
    connection.off("error", onLoss)
    connection.off("end", onLoss)
  }
  const pull = async (count: number) => {
    const taken: Row[] = []
    try {
      while (taken.length < count) {
        const step = await rows.next()
        if (step.done) {
          forget()
          break
        }
        if (!isOutcome(step.value)) taken.push(step.value)
      }
    } catch (error) {
      forget()
      throw error
    }
    return taken
  }
  return {
    get fields() {
      return fields
    },
    take(count) {
      if (loss !== undefined) return Promise.reject(loss)
      // One for each step: what a race has brought stays with whatever it waited for.
      const lost = Promise.withResolvers<never>()
      tell = lost.reject
      return Promise.race([pull(count), lost.promise])
    },
  }
}

/** What the driver gives in place of rows where a statement returns none. */
function isOutcome(row: Row): boolean {
  return row.constructor?.name === "ResultSetHeader"
}
