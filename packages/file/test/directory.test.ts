import { execFileSync } from "node:child_process"
import { homedir, userInfo } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, describe, expect, test, vi } from "vitest"
import { FileStorage, resolveDirectory } from "../src/index.ts"

describe("resolveDirectory", () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test("takes the option, else PERSIST_DIR, else .persist-data", () => {
    vi.stubEnv("PERSIST_DIR", "/from/environment")
    expect(resolveDirectory({ directory: "relative/data" })).toBe(resolve("relative/data"))
    expect(resolveDirectory({ directory: pathToFileURL("/some/where") })).toBe("/some/where")
    expect(resolveDirectory()).toBe("/from/environment")
    vi.stubEnv("PERSIST_DIR", "")
    expect(resolveDirectory()).toBe(resolve(".persist-data"))
    expect(new FileStorage().directory).toBe(resolve(".persist-data"))
  })

  test.runIf(process.platform === "linux")("puts an app where XDG says", () => {
    vi.stubEnv("XDG_DATA_HOME", "/xdg")
    expect(resolveDirectory({ app: "game" })).toBe("/xdg/game")
    vi.stubEnv("XDG_DATA_HOME", "relative")
    expect(resolveDirectory({ app: "game" })).toBe(join(homedir(), ".local/share/game"))
    vi.stubEnv("XDG_DATA_HOME", "")
    expect(resolveDirectory({ app: "game" })).toBe(join(homedir(), ".local/share/game"))
  })

  test.runIf(process.platform === "linux").each(["", "relative/home"])(
    "looks for the home that HOME=%j does not say where the system knows it",
    (home) => {
      vi.stubEnv("XDG_DATA_HOME", "")
      vi.stubEnv("HOME", home)
      expect(resolveDirectory({ app: "game" })).toBe(join(userInfo().homedir, ".local/share/game"))
    },
  )

  test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
    "refuses an app where nobody is at home",
    () => {
      const source = new URL("../src/directory.ts", import.meta.url).href
      const code = `import { resolveDirectory } from ${JSON.stringify(source)}
        process.setuid(54_321)
        try { console.log(resolveDirectory({ app: "game" })) } catch (error) { console.log(error.code) }`
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
        env: {},
        encoding: "utf8",
      })
      expect(printed.trim()).toBe("ERR_PERSIST_INVALID_OPTION")
    },
  )

  test.each([
    { directory: "" },
    { directory: "a\0b" },
    { directory: new URL("https://example.com/") },
    { directory: 1 as never },
    { app: "" },
    { app: ".." },
    { app: "a/b" },
    { app: "a\\b" },
    { directory: "a", app: "b" },
    { dir: "a" } as never,
  ])("refuses %j", (options) => {
    expect(() => resolveDirectory(options)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  })
})
