import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { transformSync } from "esbuild"

// node --import: lets Node 22, which has no `using` yet, run the tests' and examples' own programs. What is published
// is compiled without it.
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith("file:") || !/\.m?ts$/.test(url)) return nextLoad(url, context)
    const source = readFileSync(fileURLToPath(url), "utf8")
    if (!/^\s*(?:await )?using /m.test(source)) return nextLoad(url, context)
    const { code } = transformSync(source, { loader: "ts", format: "esm", target: "node22" })
    return { format: "module", source: code, shortCircuit: true }
  },
})
