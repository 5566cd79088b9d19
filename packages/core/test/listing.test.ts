import { describe, expect, test } from "vitest"
import type { ScanRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

class Watched extends MemoryStorage {
  readonly prefixes: string[] = []

  protected override _entries(request: ScanRequest) {
    this.prefixes.push(request.prefix)
    return super._entries(request)
  }
}

describe("list", () => {
  test("looks only where its pattern can match", async () => {
    const storage = new Watched()
    for (const key of ["a/b/c", "a/b/d", "a/e", "f"]) await storage.save(key, 1)
    expect(await storage.list({ pattern: "a/b/*" })).toEqual(["a/b/c", "a/b/d"])
    expect(await storage.list({ subfolder: "a", pattern: "b/c" })).toEqual(["b/c"])
    expect(await storage.list({ pattern: "{a/b,a/e}*" })).toEqual(["a/e"])
    expect(storage.prefixes).toEqual(["a/b/", "a/b/", "a/"])
  })

  test("sends no backend to a folder that no key can lie in", async () => {
    const storage = new Watched()
    for (const pattern of ["../*", "/etc/*", "a/../../b/*", "a//b/*", "./*", "a\0/*"]) {
      expect(await storage.list({ subfolder: "s", pattern })).toEqual([])
    }
    expect(new Set(storage.prefixes)).toEqual(new Set(["s/"]))
  })
})
