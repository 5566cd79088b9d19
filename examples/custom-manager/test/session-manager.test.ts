import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { expect, onTestFinished, test } from "vitest"
import { SessionManager } from "../src/session-manager.ts"

test("counts every visit and expires idle sessions", async () => {
  const directory = mkdtempSync(join(tmpdir(), "custom-manager-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  await using storage = new FileStorage({ directory })
  const sessions = new SessionManager(storage)
  const id = await sessions.start("ann")
  await Promise.all(Array.from({ length: 10 }, () => sessions.visit(id)))
  expect(await storage.load(id, { subfolder: "sessions" })).toMatchObject({
    user: "ann",
    visits: 11,
  })
  expect(await sessions.expire(60_000)).toBe(0)
  expect(await sessions.expire(0)).toBe(1)
  await expect(sessions.visit(id)).rejects.toThrow("no session")
})

test("the program runs as it stands", () => {
  const program = join(import.meta.dirname, "../src/main.ts")
  const output = execFileSync(process.execPath, [program], { encoding: "utf8" })
  expect(output).toContain("visits: 4")
  expect(output).toContain("expired: 1")
})
