import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** Path of a Chromium: `CHROMIUM`, an installed one, or else Debian's, which it installs. */
export function findChromium(): string {
  const found = [process.env.CHROMIUM ?? "", ...places].find(existsSync) ?? installed()
  if (found) return found
  throw new Error(
    "There is no Chromium here; install it (apt-get install chromium) or set CHROMIUM.",
  )
}

function installed(): string | undefined {
  if (process.platform !== "linux" || spawnSync("apt-get", ["--version"]).status !== 0) return
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"]
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ]) {
    const [program = "", ...rest] = [...asRoot, "apt-get", ...args]
    spawnSync(program, rest, { stdio: ["ignore", "ignore", "inherit"] })
  }
  return places.find(existsSync)
}
