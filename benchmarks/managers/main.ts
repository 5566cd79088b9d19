import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { report } from "../report.ts"
import { gets, updates } from "./configurations.ts"
import { firstLoads } from "./first-load.ts"
import { appends, durableAppends } from "./logs.ts"
import { listings, liveChanges, saves } from "./states.ts"

const flag = process.argv.indexOf("--seed")
const seed = flag < 0 ? 1 : Number(process.argv[flag + 1])
const directory = mkdtempSync(join(tmpdir(), "persist-bench-"))
try {
  const comparisons = [
    await updates(directory, 2 ** 10, seed, 1),
    await updates(directory, 2 ** 20, seed, 0.5),
    await gets(directory, seed),
    await liveChanges(directory),
    await saves(directory),
    firstLoads(directory),
    await appends(directory),
    await durableAppends(directory),
    await listings(directory),
  ]
  const peers = ["conf", "lowdb", "c12", "pino", "winston"]
  const payload = "configurations of short strings; states of 30 items; log lines of 60 bytes"
  report({ area: "managers", peers, payload, seed }, comparisons)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
