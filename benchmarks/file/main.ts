import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Comparison } from "../measure.ts"
import { report } from "../report.ts"
import { compareManyKeys, compareOneKey } from "./concurrent.ts"
import { makePayload } from "./payload.ts"
import { compareList, compareLoad } from "./reads.ts"
import { compareImport } from "./start-up.ts"
import { compareSave, compareUnsynced, compareWriteFile } from "./writes.ts"

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, only: { type: "string", default: "" } },
})
const seed = Number(values.seed)
const small = makePayload(2_500, seed)
const large = makePayload(1_000_000, seed)
const root = mkdtempSync(join(tmpdir(), "persist-bench-file-"))

const parts: readonly (readonly [name: string, run: () => Comparison | Promise<Comparison>])[] = [
  ["write", () => compareWriteFile(root, "2.5 KB", small)],
  ["write", () => compareWriteFile(root, "1 MB", large)],
  ["save", () => compareSave(root, "2.5 KB", small)],
  ["save", () => compareSave(root, "1 MB", large)],
  ["many", () => compareManyKeys(root, small)],
  ["one", () => compareOneKey(root, small)],
  ["none", () => compareUnsynced(root, "2.5 KB", small)],
  ["load", () => compareLoad(root, "2.5 KB", small)],
  ["load", () => compareLoad(root, "1 MB", large)],
  ["list", () => compareList(root)],
  ["import", compareImport],
]

try {
  const comparisons: Comparison[] = []
  for (const [name, run] of parts) {
    if (values.only === "" || values.only.split(",").includes(name)) comparisons.push(await run())
  }
  const peers = ["write-file-atomic", "atomically", "conf", "lowdb", "unstorage", "node-persist"]
  const payload = "JSON of 2.5 KB and of 1 MB"
  report({ area: "file", peers, payload, seed }, comparisons)
} finally {
  rmSync(root, { recursive: true, force: true })
}
