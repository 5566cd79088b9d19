import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("the example runs and tells what happened", async () => {
  const options = { cwd: new URL("..", import.meta.url), timeout: 60_000 }
  const { stdout } = await promisify(execFile)(process.execPath, ["src/main.ts"], options)
  expect(stdout).toContain('"Mercury","0","since ""always"""')
  expect(stdout).toContain("updated to 3 rows: Mercury, Mars, Venus")
  expect(stdout).toContain("the file was cut at 30 bytes: 2 rows came back from a backup")
  expect(stdout).toContain("beside it, in JSON: [ 'planets', 'settings' ] { theme: 'dark' }")
})
