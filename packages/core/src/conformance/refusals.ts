import assert from "node:assert/strict"
import type { Storage } from "../storage/storage.ts"
import type { StorageSupport } from "../storage/supports.ts"
import { failsWith } from "./expectations.ts"

/** For each ability: asserts that a storage without it refuses the calls that need it, and writes nothing. */
export const refusals: {
  readonly [Ability in keyof StorageSupport]: (storage: Storage) => Promise<void>
} = {
  async history(storage) {
    const calls = [
      () => storage.save("refused", 1, { version: true }),
      () => storage.save("refused", 1, { backup: true }),
      () => storage.update("refused", () => 1, { version: true }),
      () => storage.update("refused", () => 1, { backup: true }),
      () => storage.delete("refused", { backup: true }),
      () => storage.delete("refused", { history: true }),
      () => storage.load("refused", { version: "1" }),
      () => storage.versions("refused"),
      () => storage.backups("refused"),
      () => storage.restore("refused", "1"),
    ]
    for (const call of calls) await failsWith("ERR_PERSIST_UNSUPPORTED", call)
    assert.deepEqual(await storage.list(), [])
  },
  async sync(storage) {
    await failsWith("ERR_PERSIST_UNSUPPORTED", () => storage.saveSync("refused", 1))
    await failsWith("ERR_PERSIST_UNSUPPORTED", () => storage.loadSync("refused"))
    assert.deepEqual(await storage.list(), [])
  },
  async ttl(storage) {
    await failsWith("ERR_PERSIST_UNSUPPORTED", () => storage.save("refused", 1, { ttl: 1000 }))
    await failsWith("ERR_PERSIST_UNSUPPORTED", () =>
      storage.update("refused", () => 1, { ttl: 1000 }),
    )
    assert.deepEqual(await storage.list(), [])
  },
  async fence(storage) {
    const calls = [
      () => storage.save("refused", 1, { fence: 1 }),
      () => storage.update("refused", () => 1, { fence: 1 }),
      () => storage.delete("refused", { fence: 1 }),
      () => storage.restore("refused", "1", { fence: 1 }),
      () => storage.saveSync("refused", 1, { fence: 1 }),
    ]
    for (const call of calls) await failsWith("ERR_PERSIST_UNSUPPORTED", call)
    assert.deepEqual(await storage.list(), [])
  },
  async watch(storage) {
    await failsWith("ERR_PERSIST_UNSUPPORTED", () => storage.watch())
  },
  // Nothing is to be refused here: values are simply gone, and other processes not seen.
  async persistent() {},
  async multiProcess() {},
}
