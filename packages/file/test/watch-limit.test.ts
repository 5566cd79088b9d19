import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const child = join(import.meta.dirname, "../torture/children/watcher.ts")

/** Runs a program in a user namespace of its own, in which the system watches nothing for anybody. */
function withoutWatches(...program: string[]) {
  const script = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"'
  return spawnSync("unshare", ["-Ur", "sh", "-c", script, "sh", ...program], { encoding: "utf8" })
}

const isInstalled = spawnSync("unshare", ["--version"]).status === 0
const mayLimit = withoutWatches("true").status === 0

describe("a watch where the system watches nothing more", () => {
  test("is tried in a user namespace", (context) => {
    if (mayLimit) return expect(mayLimit).toBe(true)
    const message = isInstalled
      ? "user namespaces are forbidden here, so watching without inotify is not tried"
      : "unshare is missing, so watching without inotify is not tried: apt-get install util-linux"
    if (process.env.CI && process.platform === "linux" && !isInstalled) throw new Error(message)
    console.warn(message)
    context.skip(message)
  })

  test.runIf(mayLimit)("looks from time to time instead", () => {
    const { stdout, stderr } = withoutWatches(process.execPath, child, temporaryFolder())
    expect(stderr).toBe("")
    expect(stdout.split("\n")).toEqual(["ENOSPC", "save a/b/first", "save second", ""])
  })
})
