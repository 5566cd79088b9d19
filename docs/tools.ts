import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

/** The site's folder. */
export const site: string = import.meta.dirname

/** Installs what the site is built with, on first use. */
export function installTools(): void {
  if (existsSync(join(site, "node_modules/vitepress"))) return
  const args = ["-y", "pnpm@12", "install", "--frozen-lockfile"]
  const { status } = spawnSync("npx", args, {
    cwd: site,
    stdio: "inherit",
    shell: process.platform === "win32",
  })
  if (status !== 0) throw new Error("The site's tools cannot be installed.")
}
