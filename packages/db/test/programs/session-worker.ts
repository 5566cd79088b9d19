import { DatabaseStorage } from "../../src/index.ts"

// session-worker.ts <file> <durability> <task> <count>: "pairs" commits two rows at a time and says so on
// standard output; "increments" adds to one row.
const [file, durability, task, count] = process.argv.slice(2)
const database = new DatabaseStorage({
  connection: `sqlite:${file}`,
  durability: durability as "full" | "file",
  busyTimeout: "60s",
})

if (task === "pairs") {
  for (let index = 0; index < Number(count); index++) {
    const key = `${process.pid}-${index}`
    await database.getSession(async () => {
      await database.executeSql("insert into pairs (name, side) values (:key, 'left')", { key })
      await new Promise((resolve) => setImmediate(resolve))
      await database.executeSql("insert into pairs (name, side) values (:key, 'right')", { key })
      await database.storage("states").save(key, { index }, { version: index % 10 === 0 })
    })
    process.stdout.write(`${key}\n`)
  }
} else {
  for (let index = 0; index < Number(count); index++) {
    await database.getSession(async ({ kysely }) => {
      const typed = kysely.withTables<{ counter: { n: number } }>()
      const { n } = await typed.selectFrom("counter").select("n").executeTakeFirstOrThrow()
      await typed
        .updateTable("counter")
        .set({ n: n + 1 })
        .execute()
    })
  }
}
await database.close()
