import { registerHooks } from "node:module"
import { RedisStorage } from "../../src/index.ts"

// Saves once where loading the client takes longer than the server may, as where many programs begin at once.
const [url, prefix] = process.argv.slice(2)
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "redis") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_100)
    return next(specifier, context)
  },
})
await using storage = new RedisStorage({ url: url!, prefix: prefix!, timeout: "3s" })
await storage.save("key", "value")
