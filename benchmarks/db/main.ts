import { parseArgs } from "node:util"
import { report } from "../report.ts"
import { keyValueComparisons } from "./key-value.ts"
import { postgresComparisons } from "./postgres.ts"
import { readComparisons } from "./reads.ts"
import { knex, ours, stock } from "./subjects.ts"
import { writeComparisons } from "./writes.ts"

// The SQLite peers run on the same file settings as ours: WAL, synchronous NORMAL.
const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } }, strict: false })
const seed = Number(values.seed)
const comparisons = [
  ...(await readComparisons(seed)),
  ...(await writeComparisons(seed)),
  ...(await keyValueComparisons(seed)),
  ...(await postgresComparisons(seed)),
]
await ours.close()
await stock.destroy()
await knex.destroy()
report(
  {
    area: "db",
    peers: ["kysely", "drizzle-orm", "knex", "better-sqlite3", "@keyv/sqlite", "pg"],
    payload: "10,000 rows of four columns; SQLite in WAL mode, synchronous NORMAL, for everyone",
    seed,
  },
  comparisons,
)
