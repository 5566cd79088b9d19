import { DatabaseStorage } from "../../packages/db/dist/index.js"

// Prints the resident memory in MiB before and after 200,000 queries, in a process of its own.
const [file] = process.argv.slice(2)
const database = new DatabaseStorage<{ person: { id: number; name: string } }>(`sqlite:${file}`)
const run = async (count: number) => {
  for (let index = 0; index < count; index++) {
    await database.kysely
      .selectFrom("person")
      .selectAll()
      .where("id", "=", index % 10_000)
      .executeTakeFirst()
  }
}
const resident = () => {
  globalThis.gc?.()
  return process.memoryUsage().rss / 2 ** 20
}
await run(40_000)
const before = resident()
await run(200_000)
console.log(JSON.stringify({ before, after: resident() }))
await database.close()
