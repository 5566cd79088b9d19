import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { drizzle } from "drizzle-orm/better-sqlite3"
import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core"
import knexModule from "knex"
import { Kysely, SqliteDialect } from "kysely"
import { DatabaseStorage } from "../../packages/db/dist/index.js"

export interface Person {
  readonly id: number
  readonly name: string
  readonly age: number
  readonly score: number
}

export interface Schema {
  readonly person: Person
}

export const rowCount = 10_000
export const directory = mkdtempSync(join(tmpdir(), "persist-bench-"))
process.on("exit", () => rmSync(directory, { recursive: true, force: true }))

/** Everyone gets a file of their own with the same rows and the same pragmas. */
export function seeded(name: string): string {
  const path = join(directory, `${name}.db`)
  const database = open(path)
  database.exec(
    "create table person (id integer primary key, name text not null, age integer not null, score real not null)",
  )
  const insert = database.prepare("insert into person values (?, ?, ?, ?)")
  database.transaction(() => {
    for (let id = 0; id < rowCount; id++) insert.run(id, `person ${id}`, id % 90, id / 3)
  })()
  database.close()
  return path
}

export function open(path: string): InstanceType<typeof Database> {
  const database = new Database(path)
  for (const pragma of [
    "journal_mode = wal",
    "synchronous = normal",
    "foreign_keys = on",
    "cache_size = -16000",
    "temp_store = memory",
    "wal_autocheckpoint = 4000",
  ]) {
    database.pragma(pragma)
  }
  return database
}

export const ours = new DatabaseStorage<Schema>(`sqlite:${seeded("ours")}`)
export const raw = open(seeded("raw"))
export const stock = new Kysely<Schema>({
  dialect: new SqliteDialect({ database: open(seeded("kysely")) }),
})

export const drizzlePerson = sqliteTable("person", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  age: integer("age").notNull(),
  score: real("score").notNull(),
})
export const drizzled = drizzle(open(seeded("drizzle")))

export const knex = knexModule({
  client: "better-sqlite3",
  connection: { filename: seeded("knex") },
  useNullAsDefault: true,
  pool: {
    afterCreate(database: InstanceType<typeof Database>, done: (error?: Error) => void) {
      for (const pragma of ["synchronous = normal", "wal_autocheckpoint = 4000"])
        database.pragma(pragma)
      done()
    },
  },
})
