import { RedisStorage } from "../../src/index.ts"

// Counts one key up, so many times.
const [url, prefix, times] = process.argv.slice(2)
await using storage = new RedisStorage({ url: url!, prefix: prefix!, timeout: "60s" })
for (let round = 0; round < Number(times); round++) {
  await storage.update<number>("count", (count) => count + 1, { default: 0, timeout: "120s" })
}
