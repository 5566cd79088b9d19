import { readFileSync } from "node:fs"
import { createRequire, registerHooks } from "node:module"
import { fileURLToPath } from "node:url"

// node --import: lets Node 22, which has no `using` yet, run the tests' and examples' own programs. What is published
// is compiled without it.
const require = createRequire(import.meta.url)
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith("file:") || !/\.m?ts$/.test(url)) return nextLoad(url, context)
    const source = readFileSync(fileURLToPath(url), "utf8")
    if (!/^\s*(?:await )?using /m.test(source)) return nextLoad(url, context)
    // Only here: a test looks at what a process has loaded.
    const { transformSync } = require("esbuild") as typeof import("esbuild")
    const { code } = transformSync(source, { loader: "ts", format: "esm", target: "node22" })
    return { format: "module", source: code, shortCircuit: true }
  },
})
