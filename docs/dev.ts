import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { installTools, site } from "./tools.ts"

// pnpm docs:dev: serves the site on loopback and shows changes at once.
installTools()
const { writePages } = await import("./generate/write-pages.ts")
writePages()
const vitepress = join(site, "node_modules/vitepress/bin/vitepress.js")
const { status } = spawnSync(process.execPath, [vitepress, "dev", site], { stdio: "inherit" })
process.exitCode = status ?? 1
