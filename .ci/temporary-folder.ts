import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/**
 * An empty folder of a test's own, which goes away when the test has ended. A concurrent test gives the
 * `onTestFinished` of its context: the shared one may take another test for it.
 */
export function temporaryFolder(whenFinished: typeof onTestFinished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "persist-test-"))
  whenFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
