import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = mkdtempSync(join(tmpdir(), "persist-journal-"))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
let count = 0

/** Path of a journal that nobody else uses; gone with the process. */
export function newPath(): string {
  return join(folder, `${++count}.jsonl`)
}
