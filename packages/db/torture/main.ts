import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { tortureOptions } from "../../../.ci/torture-options.ts"
import { startMariadb } from "../test/support/start-mariadb.ts"
import { startPostgres } from "../test/support/start-postgres.ts"
import { checkFile, incrementTogether, killOnce, prepareFile } from "./crash.ts"
import { addTogether } from "./together.ts"

// Kills writers in the middle of sessions, again and again, on one file: --seconds N or --kills N, --seed N.
const { seconds = 60, seed, counts } = tortureOptions(["kills"])
const until = performance.now() + seconds * 1000
const isOver = (kills: number) =>
  counts.kills === undefined ? performance.now() >= until : kills >= counts.kills
const random = seededRandom(seed)
console.log(`db: seed ${seed}`)
const directory = mkdtempSync(join(tmpdir(), "persist-torture-"))
const file = join(directory, "app.db")
try {
  await prepareFile(file)
  const committed: string[] = []
  let kills = 0
  while (!isOver(kills)) {
    committed.push(...(await killOnce(file, random() * 60)))
    kills++
    if (kills % 10 === 0) await checkFile(file, committed)
  }
  await checkFile(file, committed)
  console.log(`db: ${kills} kills, ${committed.length} committed sessions all there, none by half`)
  await incrementTogether(file, 200)
  console.log("db: 8 processes, 1,600 increments, none lost")
  await addTogether({ connection: `sqlite:${join(directory, "shared.db")}` }, "update", 20, 200)
  console.log("db: SQLite, 20 processes, 4,000 updates of one key, none lost")
} finally {
  rmSync(directory, { recursive: true, force: true })
}

for (const [name, start] of [
  ["PostgreSQL", startPostgres],
  ["MariaDB", startMariadb],
] as const) {
  const server = await start()
  if (server === undefined) {
    console.warn(`db: NOT RUN on ${name}: it is not installed`)
    continue
  }
  try {
    const began = performance.now()
    await addTogether({ connection: server.url, connections: 2 }, "update", 20, 200)
    const took = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`db: ${name}, 20 processes, 4,000 updates of one key in ${took} s, none lost`)
  } finally {
    await server.stop()
  }
}
