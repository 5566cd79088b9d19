import { RedisStorage, type RedisStorageOptions } from "../../src/index.ts"

// Uses a storage and closes it; fails where that keeps the process alive: for 2 s, as long as a connection may take.
const [options] = process.argv.slice(2)
const storage = new RedisStorage(JSON.parse(options!) as RedisStorageOptions)
await storage.save("key", 1)
await storage.close()
const closed = performance.now()
process.on("exit", () => {
  if (performance.now() - closed > 1_500) process.exitCode = 2
})
