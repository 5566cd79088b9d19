import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { unexplainedCodes } from "./check/error-codes.ts"
import { brokenLinks } from "./check/links.ts"
import { installTools, site } from "./tools.ts"

// pnpm docs:build: makes the site in docs/.vitepress/dist; fails on a warning, a dead link or a
// figure that nobody measured.
const start = performance.now()
installTools()
const { writePages } = await import("./generate/write-pages.ts")
writePages()
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [join(site, "node_modules/vitepress/bin/vitepress.js"), "build", site],
  { encoding: "utf8", env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", CI: "1" } },
)
const output = stdout + stderr
const warnings = output.split("\n").filter((line) => /warn|\(!\)|deprecated|⚠/i.test(line))
const { links, broken } = status === 0 ? brokenLinks(join(site, ".vitepress/dist")) : noLinks()
if (status !== 0 || warnings.length > 0) console.log(output)
const codes = unexplainedCodes()
for (const line of broken) console.log(`✗ ${line}`)
for (const code of codes) console.log(`✗ The page of errors and the code differ in ${code}`)
if (status !== 0 || warnings.length + broken.length + codes.length > 0) {
  console.log(`The site: ${warnings.length} warnings, ${broken.length} dead links.`)
  process.exitCode = 1
} else {
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`Built the site in ${seconds} s: no warning, ${links} links and anchors hold.`)
}

function noLinks() {
  return { links: 0, broken: [] as string[] }
}
