import { registerHooks } from "node:module"
import { RedisStorage } from "../../src/index.ts"

// Saves once where loading the client takes longer than the server may, as where many programs begin at once.
const [url, prefix] = process.argv.slice(2)
const now = performance.now.bind(performance)
let passed = 0
performance.now = () => now() + passed
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "redis") passed = 60_000
    return next(specifier, context)
  },
})
await using storage = new RedisStorage({ url: url!, prefix: prefix!, timeout: "30s" })
await storage.save("key", "value")
if (passed === 0) throw new Error("The client was not loaded in between.")
