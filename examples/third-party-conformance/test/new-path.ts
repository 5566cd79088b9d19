import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = mkdtempSync(join(tmpdir(), "persist-journal-"))
let count = 0

/** Path of a journal that nobody else uses. */
export function newPath(): string {
  return join(folder, `${++count}.jsonl`)
}

/** For the end of the tests, as the runner tells of it: not every one lets a process exit by itself. */
export function removeJournals(): void {
  rmSync(folder, { recursive: true, force: true })
}
