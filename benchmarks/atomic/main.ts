import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../.ci/seeded-random.ts"
import { report } from "../report.ts"
import { freeLock } from "./locking.ts"
import {
  concurrentReplacement,
  durableReplacement,
  durableReplacementSync,
  plainReplacement,
} from "./replacement.ts"

const seed = Number(process.argv[process.argv.indexOf("--seed") + 1] || 1) || 1
const next = seededRandom(seed)
const bytes = (length: number) => Uint8Array.from({ length }, () => 32 + Math.floor(next() * 95))
const small = bytes(2_400 + Math.floor(next() * 200))
const large = bytes(1_000_000 + Math.floor(next() * 50_000))
const folder = mkdtempSync(join(tmpdir(), "persist-bench-atomic-"))
try {
  report(
    {
      area: "atomic",
      peers: ["write-file-atomic", "atomically", "proper-lockfile"],
      payload: `${small.length} and ${large.length} bytes`,
      seed,
    },
    [
      await durableReplacement(folder, small, 20),
      await durableReplacement(folder, large, 6),
      await durableReplacementSync(folder, small, 20),
      await plainReplacement(folder, small, 100),
      await plainReplacement(folder, large, 6),
      await concurrentReplacement(folder, small, 32),
      await freeLock(folder, 100),
    ],
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
