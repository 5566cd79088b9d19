import type { MysqlClient } from "./mysql-client.ts"

/** How values travel: exact numbers and dates as text, moments in UTC. */
export const exactValues = {
  timezone: "Z",
  supportBigNumbers: true,
  bigNumberStrings: true,
  // As text: the driver's own dates take the years 1 to 99 for those of the last century.
  dateStrings: true,
  jsonStrings: true,
} as const

/** What a caller's pool may have set and this package cannot read. */
const plainResults = {
  ...exactValues,
  decimalNumbers: false,
  namedPlaceholders: false,
  nestTables: false,
  rowsAsArray: false,
  typeCast: true,
}

const remember =
  "set @persist_time_zone = @@session.time_zone, @persist_sql_mode = @@session.sql_mode"
const restore = "set session time_zone = @persist_time_zone, sql_mode = @persist_sql_mode"

/**
 * Makes a client of the caller's pool read and write values as ours do, while it is lent.
 *
 * @returns What gives it back as it was.
 */
export async function borrowClient(client: MysqlClient): Promise<() => Promise<void>> {
  const { connection } = client
  const original = connection.config
  await client.query({ sql: remember })
  connection.config = Object.assign(Object.create(original as object) as object, plainResults)
  return async () => {
    connection.config = original
    await client.query({ sql: restore })
    client.release()
  }
}
