import { join } from "node:path"
import { PGlite } from "@electric-sql/pglite"
import { describe, expect, inject, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../../src/index.ts"

/** One kind of database under test. */
export interface TestEngine {
  readonly name: "sqlite" | "memory" | "postgres" | "pglite" | "mariadb"
  /** Whether two handles can be open on one database. */
  readonly isShared: boolean
  /** Options of an empty database that nobody else uses. */
  fresh(): Promise<DatabaseOptions>
}

let count = 0
/** Starting one takes seconds, so that all test files of a process share it. */
let pglite: PGlite | undefined

/** A name that nobody else uses, neither in this process nor in another. */
function freshName(): string {
  return `test_${process.pid}_${++count}`
}

const engines: readonly TestEngine[] = [
  {
    name: "sqlite",
    isShared: true,
    fresh: async () => ({
      connection: `sqlite:${join(inject("directory"), `${freshName()}.db`)}`,
    }),
  },
  { name: "memory", isShared: false, fresh: async () => ({ connection: "sqlite::memory:" }) },
  {
    name: "pglite",
    isShared: false,
    async fresh() {
      pglite ??= new PGlite()
      await pglite.exec("drop schema public cascade; create schema public")
      return { engine: "pglite", client: pglite }
    },
  },
  {
    name: "postgres",
    isShared: true,
    async fresh() {
      const { url } = inject("postgres")
      const schema = freshName()
      await using admin = new DatabaseStorage(url!)
      await admin.executeSql(`create schema ${schema}`)
      return { connection: `${url}?options=-csearch_path%3D${schema}` }
    },
  },
  {
    name: "mariadb",
    isShared: true,
    async fresh() {
      const { url } = inject("mariadb")
      const name = freshName()
      await using admin = new DatabaseStorage(url!)
      await admin.executeSql(`create database ${name}`)
      return { connection: url!.replace(/mysql$/, name) }
    },
  },
]

/** An empty database, open, and how to open it again. */
export async function openFresh({ fresh }: Pick<TestEngine, "fresh">): Promise<{
  readonly options: DatabaseOptions
  readonly database: DatabaseStorage
}> {
  const options = await fresh()
  return { options, database: new DatabaseStorage(options) }
}

/** How many rows a table has. */
export async function countRows(database: DatabaseStorage, table: string): Promise<number> {
  const counted = database.executeSql<{ count: number }>(`select count(*) as count from ${table}`)
  return (await counted).rows[0]!.count
}

/** Lends an empty database to `work`, and closes it. */
export async function withDatabase(
  fresh: TestEngine["fresh"],
  work: (database: DatabaseStorage, options: DatabaseOptions) => Promise<void>,
): Promise<void> {
  const options = await fresh()
  await using database = new DatabaseStorage(options)
  await work(database, options)
}

/** Describes the same for every engine, or for `only` those; one that is missing here is told loudly, and fails on CI. */
export function describeEngines(
  name: string,
  body: (engine: TestEngine) => void,
  only: readonly TestEngine["name"][] = engines.map((engine) => engine.name),
): void {
  for (const engine of engines.filter((one) => only.includes(one.name))) {
    const missing = missingReason(engine)
    describe(`${name} on ${engine.name}`, () => {
      if (missing === undefined) return body(engine)
      console.warn(`NOT TESTED: ${name} on ${engine.name}. ${missing}`)
      test.skipIf(!process.env.CI)(`needs a server. ${missing}`, () => {
        expect.fail(missing)
      })
    })
  }
}

function missingReason({ name }: TestEngine): string | undefined {
  if (name === "postgres") return inject("postgres").missing
  return name === "mariadb" ? inject("mariadb").missing : undefined
}
