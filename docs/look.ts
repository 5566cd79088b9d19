import { globSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { findChromium } from "./look/chromium.ts"
import { installTools, site } from "./tools.ts"

// pnpm docs:look: builds the site, reads it in a headless Chromium that reaches nothing else, and
// leaves what it saw in docs/screenshots.
installTools()
await import("./build.ts")
if (process.exitCode) process.exit()
const { launch } = await import("puppeteer-core")
const { everyPageOnPhone, looks } = await import("./look/looks.ts")
const { Reader } = await import("./look/reader.ts")
const { ServedSite } = await import("./look/served-site.ts")

const screenshots = join(site, "screenshots")
rmSync(screenshots, { recursive: true, force: true })
mkdirSync(screenshots)
const dist = join(site, ".vitepress/dist")
await using served = await ServedSite.open(dist)
const browser = await launch({
  executablePath: findChromium(),
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
})
const reader = new Reader(browser, served.origin, screenshots)
const pages = globSync("**/*.html", { cwd: dist })
  .filter((file) => file !== "404.html")
  .map((file) => `/${file.replace(/(index)?\.html$/, "")}`)
  .sort()
const all = {
  ...looks,
  [`all ${pages.length} pages on a phone`]: () => everyPageOnPhone(reader, pages),
}
let failures = 0
for (const [name, look] of Object.entries(all)) {
  try {
    await look(reader)
    console.log(`✓ ${name}`)
  } catch (error) {
    failures++
    console.log(`✗ ${name}: ${(error as Error).message}`)
  }
}
for (const complaint of reader.complaints) console.log(`✗ ${complaint}`)
await browser.close()
if (failures + reader.complaints.length > 0) process.exitCode = 1
