import { DatabaseStorage } from "@persist/db"

await using database = new DatabaseStorage("sqlite::memory:")
const players = await database.createTable("players", { name: "text", level: "integer" })
await database.getSession(async () => {
  await players.insert({ name: "Ada", level: 3 })
})
const ada = await players.find({ name: "Ada" })
const level: number | undefined = ada?.level
if (level !== 3) throw new Error("The row is not there.")
const { rows } = await database.executeSql<{ name: string }>("SELECT name FROM players")
if (rows[0]?.name !== "Ada") throw new Error("The row cannot be selected.")

// @ts-expect-error Levels are numbers.
const refused: Promise<unknown> = players.insert({ name: "Eve", level: "3" })
if (
  await refused.then(
    () => true,
    () => false,
  )
)
  throw new Error("A wrong value was taken.")
