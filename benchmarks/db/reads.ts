import { eq, sql } from "drizzle-orm"
import { seededRandom } from "../../.ci/seeded-random.ts"
import type { Comparison } from "../measure.ts"
import { compareSettled } from "./settled.ts"
import {
  drizzled,
  drizzlePerson,
  knex,
  open,
  ours,
  raw,
  rowCount,
  seeded,
  stock,
} from "./subjects.ts"

export async function readComparisons(seed: number): Promise<Comparison[]> {
  const next = seededRandom(seed)
  const ids = Array.from({ length: 1000 }, () => Math.floor(next() * rowCount))
  const each = async (work: (id: number) => unknown) => {
    for (const id of ids) await work(id)
  }
  const operations = ids.length
  const rawSelect = raw.prepare("select * from person where id = ?")
  const prepared = drizzled
    .select()
    .from(drizzlePerson)
    .where(eq(drizzlePerson.id, sql.placeholder("id")))
    .prepare()
  const builder = await compareSettled(
    "primary-key select with the builder",
    {
      name: "DatabaseStorage.kysely",
      run: () =>
        each((id) =>
          ours.kysely.selectFrom("person").selectAll().where("id", "=", id).executeTakeFirst(),
        ),
    },
    [
      {
        name: "Kysely, stock",
        target: 0.33,
        run: () =>
          each((id) =>
            stock.selectFrom("person").selectAll().where("id", "=", id).executeTakeFirst(),
          ),
      },
      {
        name: "Drizzle",
        run: () =>
          each((id) => drizzled.select().from(drizzlePerson).where(eq(drizzlePerson.id, id)).get()),
      },
      { name: "Drizzle, prepared", run: () => each((id) => prepared.get({ id })) },
      { name: "Knex", run: () => each((id) => knex("person").where({ id }).first()) },
    ],
    { operations },
  )
  const executeSql = await compareSettled(
    "executeSql, primary-key select",
    {
      name: "DatabaseStorage.executeSql",
      run: () => each((id) => ours.executeSql("select * from person where id = ?", [id])),
    },
    [
      {
        name: "better-sqlite3, statement kept, awaited",
        lacks: "sessions, safe integers, named parameters",
        target: 2,
        run: () => each(async (id) => rawSelect.all(id)),
      },
    ],
    { operations },
  )
  const parallel = await compareSettled(
    "4,000 reads at once",
    {
      name: "DatabaseStorage.kysely",
      run: () =>
        Promise.all(
          Array.from({ length: 4000 }, (_, index) =>
            ours.kysely.selectFrom("person").selectAll().where("id", "=", index).executeTakeFirst(),
          ),
        ),
    },
    [
      {
        name: "Kysely, stock",
        target: 0.25,
        run: () =>
          Promise.all(
            Array.from({ length: 4000 }, (_, index) =>
              stock.selectFrom("person").selectAll().where("id", "=", index).executeTakeFirst(),
            ),
          ),
      },
    ],
    { operations: 4000, rounds: 7, warmup: 1 },
  )
  return [builder, executeSql, parallel, await tableFind(ids)]
}

async function tableFind(ids: readonly number[]): Promise<Comparison> {
  const table = await ours.createTable("typed", {
    name: "text",
    active: "boolean",
    seen: "timestamp",
  })
  const inserted: string[] = []
  for (const id of ids) {
    const { id: key } = await table.insert({
      name: `n${id}`,
      active: id % 2 === 0,
      seen: new Date(id),
    })
    inserted.push(key)
  }
  type Raw = {
    id: string
    name: string
    active: number
    seen: string
    created_at: string
    updated_at: string
  }
  const database = open(seeded("raw-typed"))
  database.exec(
    "create table typed (id text primary key, created_at text, updated_at text, name text, active integer, seen text)",
  )
  const insert = database.prepare("insert into typed values (?, ?, ?, ?, ?, ?)")
  const now = new Date().toISOString()
  for (const [index, id] of ids.entries()) {
    insert.run(inserted[index], now, now, `n${id}`, id % 2, now)
  }
  const find = database.prepare(
    "select id, created_at, updated_at, name, active, seen from typed where id = ?",
  )
  const decode = (row: Raw) => ({
    ...row,
    active: row.active === 1,
    seen: new Date(row.seen),
    created_at: new Date(row.created_at),
    updated_at: new Date(row.updated_at),
  })
  return compareSettled(
    "Table.find by id",
    {
      name: "Table.find",
      run: async () => {
        for (const id of inserted) await table.find(id)
      },
    },
    [
      {
        name: "better-sqlite3, statement kept, decoded by hand, awaited",
        lacks: "sessions",
        target: 2,
        run: async () => {
          const one = async (id: string) => decode(find.get(id) as Raw)
          for (const id of inserted) await one(id)
        },
      },
    ],
    { operations: inserted.length },
  )
}
