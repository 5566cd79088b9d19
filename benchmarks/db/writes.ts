import { spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { seededRandom } from "../../.ci/seeded-random.ts"
import { type Comparison, row } from "../measure.ts"
import { compareSettled } from "./settled.ts"
import { drizzled, drizzlePerson, knex, open, ours, rowCount, seeded, stock } from "./subjects.ts"

const sessions = 200

export async function writeComparisons(seed: number): Promise<Comparison[]> {
  return [
    await sessionComparison(seed),
    await readDuringSession(),
    await bulkInsert(),
    await memory(),
  ]
}

async function sessionComparison(seed: number): Promise<Comparison> {
  const next = seededRandom(seed + 1)
  const person = () => ({ name: `n${next()}`, age: 30, score: next() })
  const times = async (work: () => Promise<unknown>) => {
    for (let count = 0; count < sessions; count++) await work()
  }
  const select = (id: number) => id % rowCount
  return compareSettled(
    "session of an insert and a select",
    {
      name: "DatabaseStorage.getSession",
      run: () =>
        times(() =>
          ours.getSession(async ({ kysely }) => {
            await kysely
              .insertInto("person")
              .values(person() as never)
              .execute()
            return kysely
              .selectFrom("person")
              .selectAll()
              .where("id", "=", select(7))
              .executeTakeFirst()
          }),
        ),
    },
    [
      {
        name: "Kysely, stock: transaction()",
        target: 0.4,
        run: () =>
          times(() =>
            stock.transaction().execute(async (transaction) => {
              await transaction
                .insertInto("person")
                .values(person() as never)
                .execute()
              return transaction
                .selectFrom("person")
                .selectAll()
                .where("id", "=", select(7))
                .executeTakeFirst()
            }),
          ),
      },
      {
        name: "Drizzle, synchronous transaction",
        lacks: "awaiting inside",
        run: () =>
          times(async () =>
            drizzled.transaction((transaction) => {
              transaction.insert(drizzlePerson).values(person()).run()
              return transaction.select().from(drizzlePerson).limit(1).get()
            }),
          ),
      },
      {
        name: "Knex",
        run: () =>
          times(() =>
            knex.transaction(async (transaction) => {
              await transaction("person").insert(person())
              return transaction("person").where({ id: 7 }).first()
            }),
          ),
      },
    ],
    { operations: sessions },
  )
}

/** A read from outside while a session is open; the target is an absolute time of 5 ms. */
async function readDuringSession(): Promise<Comparison> {
  const limit = 5_000_000
  const samples: number[] = []
  await ours.getSession(async () => {
    await ours.executeSql("update person set age = age + 1 where id < 100")
    for (let round = 0; round < 200; round++) {
      const start = process.hrtime.bigint()
      await ours.outside(() => ours.executeSql("select * from person where id = ?", [round]))
      samples.push(Number(process.hrtime.bigint() - start))
    }
  })
  const times = new Map([
    ["a read while a session is open", samples],
    ["5 ms", samples.map(() => limit)],
  ])
  const first = { name: "a read while a session is open" }
  return {
    title: "read beside an open session",
    rows: [row(first, first, times, 1), row({ name: "5 ms", target: 1 }, first, times, 1)],
  }
}

async function bulkInsert(): Promise<Comparison> {
  const rows = Array.from({ length: 100_000 }, (_, index) => ({
    name: `n${index}`,
    age: index,
    active: index % 2 === 0,
  }))
  const table = await ours.createTable("bulk", { name: "text", age: "integer", active: "boolean" })
  const raw = open(seeded("raw-bulk"))
  const now = "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"
  raw.exec(
    `create table bulk (id text primary key not null, created_at text not null default ${now}, updated_at text not null default ${now}, name text not null, age integer not null, active integer not null)`,
  )
  const insert = raw.prepare("insert into bulk (id, name, age, active) values (?, ?, ?, ?)")
  return compareSettled(
    "insertMany of 100,000 rows",
    {
      name: "Table.insertMany",
      prepare: () => table.delete({}),
      run: () => table.insertMany(rows),
    },
    [
      {
        name: "better-sqlite3, statement kept, one transaction",
        lacks: "checked values, ids in order, a turn for others",
        target: 1.5,
        prepare: () => raw.exec("delete from bulk"),
        run: () =>
          raw.transaction(() => {
            for (const { name, age, active } of rows)
              insert.run(randomUUID(), name, age, active ? 1 : 0)
          })(),
      },
    ],
    { operations: rows.length, rounds: 5, warmup: 1 },
  )
}

/** Resident memory over 200,000 queries, in a process of its own; the target is growth below a quarter. */
async function memory(): Promise<Comparison> {
  const program = join(import.meta.dirname, "memory-program.ts")
  const args = ["--expose-gc", program, seeded("memory")]
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" })
  const { before, after } = JSON.parse(stdout) as { before: number; after: number }
  // The table's unit is time: a MiB is shown as a microsecond.
  const times = new Map([
    ["MiB after 200,000 queries", [after * 1000]],
    ["MiB before", [before * 1000]],
  ])
  const first = { name: "MiB after 200,000 queries" }
  return {
    title: "resident memory (1 µs stands for 1 MiB)",
    rows: [row(first, first, times, 1), row({ name: "MiB before", target: 1.25 }, first, times, 1)],
  }
}
