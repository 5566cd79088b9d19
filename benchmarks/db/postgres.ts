import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { seededRandom } from "../../.ci/seeded-random.ts"
import { DatabaseStorage } from "../../packages/db/dist/index.js"
import { startPostgres } from "../../packages/db/test/support/start-postgres.ts"
import { type Comparison, compare } from "../measure.ts"

interface Schema {
  readonly author: { id: number; name: string }
  readonly book: { id: number; author_id: number; title: string }
  readonly review: { id: number; book_id: number; stars: number }
}

const reads = 200

export async function postgresComparisons(seed: number): Promise<Comparison[]> {
  const server = await startPostgres()
  if (server === undefined) {
    console.warn("LEFT OUT: PostgreSQL is not installed (apt-get install postgresql)")
    return []
  }
  const ours = new DatabaseStorage<Schema>({ connection: server.url, connections: 1 })
  const stock = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: server.url, max: 1 }) }),
  })
  try {
    await ours.executeSql(`
      create table author (id int primary key, name text not null);
      create table book (id int primary key, author_id int not null references author, title text not null);
      create table review (id int primary key, book_id int not null references book, stars int not null);
      create index on book (author_id); create index on review (book_id);
      insert into author select n, 'author ' || n from generate_series(1, 1000) n;
      insert into book select n, 1 + n % 1000, 'book ' || n from generate_series(1, 5000) n;
      insert into review select n, 1 + n % 5000, n % 6 from generate_series(1, 20000) n`)
    await ours.executeSql("analyze")
    return await compareReads(seed, ours.kysely, stock)
  } finally {
    await ours.close()
    await stock.destroy()
    await server.stop()
  }
}

async function compareReads(
  seed: number,
  ours: Kysely<Schema>,
  stock: Kysely<Schema>,
): Promise<Comparison[]> {
  const next = seededRandom(seed + 3)
  const ids = Array.from({ length: reads }, () => 1 + Math.floor(next() * 1000))
  const read = async (kysely: Kysely<Schema>) => {
    for (const id of ids)
      await kysely.selectFrom("author").selectAll().where("id", "=", id).executeTakeFirst()
  }
  const join = async (kysely: Kysely<Schema>) => {
    for (const id of ids) {
      await kysely
        .selectFrom("author")
        .innerJoin("book", "book.author_id", "author.id")
        .innerJoin("review", "review.book_id", "book.id")
        .select(["author.name", "book.title", "review.stars"])
        .where("author.id", "=", id)
        .execute()
    }
  }
  return [
    await compare(
      "PostgreSQL: primary-key read",
      { name: "DatabaseStorage.kysely", run: () => read(ours) },
      [{ name: "Kysely, stock", target: 0.6, run: () => read(stock) }],
      { operations: reads, rounds: 41 },
    ),
    await compare(
      "PostgreSQL: three-way join",
      { name: "DatabaseStorage.kysely", run: () => join(ours) },
      [{ name: "Kysely, stock", target: 0.4, run: () => join(stock) }],
      { operations: reads, rounds: 41 },
    ),
  ]
}
