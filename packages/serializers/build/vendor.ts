import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

// Puts msgpackr's build without code generation into dist/vendor, with its licence. As a dependency it would
// bring a native companion with an install script, and share its extensions with everybody else in the process.
const engine = createRequire(import.meta.url).resolve("msgpackr/index-no-eval")
const home = dirname(dirname(engine))
const vendor = join(import.meta.dirname, "../dist/vendor")
const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
const source = readFileSync(engine, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n")
if (/\bnew Function\b|\beval\(/.test(source)) throw new Error(`${engine} makes code from strings`)
mkdirSync(vendor, { recursive: true })
writeFileSync(
  join(vendor, "msgpackr.cjs"),
  `// msgpackr ${version}, dist/index-no-eval.cjs, unchanged; its licence is msgpackr.LICENSE.\n${source}`,
)
copyFileSync(join(home, "LICENSE"), join(vendor, "msgpackr.LICENSE"))
copyFileSync(join(import.meta.dirname, "msgpackr.d.cts"), join(vendor, "msgpackr.d.cts"))
