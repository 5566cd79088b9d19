import { RedisStorage, type RedisStorageOptions } from "../../src/index.ts"

// Uses a storage and closes it. A connection may take two minutes instead of 2 s: whoever runs this sees what waits for one.
const { setTimeout } = globalThis
globalThis.setTimeout = ((act: () => void, delay?: number) =>
  setTimeout(act, delay === 2_000 ? 120_000 : delay)) as typeof setTimeout
const [options] = process.argv.slice(2)
const storage = new RedisStorage(JSON.parse(options!) as RedisStorageOptions)
await storage.save("key", 1)
await storage.close()
