import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

test("the first example of the README runs as it stands", { timeout: 60_000 }, async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!
  const cwd = new URL("..", import.meta.url)
  const args = ["--input-type=module-typescript", "--eval", example!]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd,
    env: { ...process.env, PERSIST_DIR: temporaryFolder() },
  })
  expect(stdout).toBe("{ level: 4 }\n{ level: 3 }\n[ 'states/game1', 'visits' ]\n")
})
