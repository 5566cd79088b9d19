import { createPool } from "mysql2/promise"
import { describe, expect, inject, test } from "vitest"
import { mysqlFault } from "../src/engines/mysql/mysql-fault.ts"
import { postgresFault } from "../src/engines/postgres/postgres-fault.ts"
import { isStalePlan } from "../src/engines/postgres/stale-plan.ts"
import { DatabaseStorage } from "../src/index.ts"

/** An error as PostgreSQL 15 sends it where `lc_messages` is German, French or Russian. */
function told(code: string, message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), { severity: "FEHLER", code, ...fields })
}

describe("PostgreSQL in another language", () => {
  test.each([
    ["Schlüssel »(first, last)=(a, b)« existiert bereits.", ["first", "last"]],
    ["La clé « (email)=(a) » existe déjà.", ["email"]],
    ["キー (lower(email))=(a) はすでに存在します。", ["lower(email)"]],
  ])("names the columns of %s", (detail, columns) => {
    const fault = postgresFault(told("23505", "doppelter Schlüsselwert", { detail }))
    expect(fault).toMatchObject({ code: "ERR_PERSIST_UNIQUE", columns })
  })

  test.each([
    "Relation »notes« existiert nicht",
    "la relation « notes » n'existe pas",
    'отношение "notes" не существует',
    'table "notes" does not exist',
  ])("names the missing table: %s", (message) => {
    const fault = postgresFault(told("42P01", message, { routine: "parserOpenTable" }))
    expect(fault).toMatchObject({ code: "ERR_PERSIST_NO_TABLE", table: "notes" })
  })

  test("tells a stale plan and a forgotten statement", () => {
    const stale = told("0A000", "gecachter Plan darf den Ergebnistyp nicht ändern", {
      routine: "RevalidateCachedQuery",
    })
    expect(isStalePlan(stale)).toBe(true)
    const forgotten = "vorbereitete Anweisung »persist_a« existiert nicht"
    expect(isStalePlan(told("26000", forgotten))).toBe(true)
    expect(isStalePlan(told("0A000", "das geht nicht", { routine: "transformStmt" }))).toBe(false)
  })

  test("tells a limit of time, and bytes that their type cannot be", () => {
    const limit = "storniere Anfrage wegen Zeitüberschreitung der Anfrage"
    expect(postgresFault(told("57014", limit))?.code).toBe("ERR_PERSIST_TIMEOUT")
    expect(postgresFault(told("57014", "canceling statement due to user request"))?.code).toBe(
      "ERR_PERSIST_QUERY",
    )
    const bytes = "nicht genug Daten in Message übrig"
    expect(postgresFault(told("08P01", bytes))?.code).toBe("ERR_PERSIST_QUERY")
    expect(postgresFault(told("08P01", bytes, { severity: "FATAL" }))?.code).toBe(
      "ERR_PERSIST_CONNECTION",
    )
  })
})

describe("a number that MySQL and MariaDB use for two things", () => {
  const numbered = (message: string) =>
    mysqlFault(Object.assign(new Error(message), { errno: 4031 }))
  test("is a loss of the connection where the server has ended who was idle", () => {
    const idle =
      "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior."
    expect(numbered(idle)?.code).toBe("ERR_PERSIST_CONNECTION")
    const trigger =
      "Referenced trigger 'one' for the given action time and event type does not exist"
    expect(numbered(trigger)?.code).toBe("ERR_PERSIST_QUERY")
  })
})

const { url, missing } = inject("mariadb")
if (missing !== undefined) console.warn(`NOT TESTED: MariaDB in another language. ${missing}`)

describe.skipIf(missing !== undefined && !process.env.CI)("MariaDB in another language", () => {
  test.each(["de_DE", "ja_JP", "ru_RU", "it_IT"])("names what is wrong: %s", async (language) => {
    const pool = createPool({ uri: url!, connectionLimit: 1 })
    await pool.query(`set session lc_messages = '${language}'`)
    try {
      await using database = new DatabaseStorage({ engine: "mysql", client: pool })
      await database.executeSql(
        "create temporary table spoken (email varchar(20) not null, unique key email (email), constraint tall check (email <> 'x'))",
      )
      const insert = (email: string | null) =>
        database.executeSql("insert into spoken (email) values (?)", [email])
      await insert("it's")
      await expect(insert("it's")).rejects.toMatchObject({ details: { columns: ["email"] } })
      await expect(insert(null)).rejects.toMatchObject({ details: { columns: ["email"] } })
      await expect(insert("x")).rejects.toMatchObject({ details: { constraint: "tall" } })
      await expect(database.executeSql("select * from missing")).rejects.toMatchObject({
        code: "ERR_PERSIST_NO_TABLE",
        details: { table: "missing" },
      })
    } finally {
      await pool.end()
    }
  })
})
