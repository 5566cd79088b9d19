import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** An empty folder of a test's own, which goes away when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "persist-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
