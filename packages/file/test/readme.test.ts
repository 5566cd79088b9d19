import { execFile } from "node:child_process"
import { readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

test("the first example of the README runs as it stands", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!
  // Inside the package, which it imports by name.
  const program = fileURLToPath(new URL(`../.readme-${process.pid}.mts`, import.meta.url))
  await writeFile(program, example!)
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, PERSIST_DIR: temporaryFolder() },
    })
    expect(stdout).toBe("{ level: 4 }\n{ level: 3 }\n[ 'states/game1', 'visits' ]\n")
  } finally {
    await rm(program)
  }
})
