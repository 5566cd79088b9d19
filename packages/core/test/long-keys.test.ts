import { expect, test } from "vitest"
import {
  copyStorage,
  type LeaseStore,
  PersistError,
  type WriteRequest,
  withLease,
} from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

const key = "k".repeat(20_000)

class Failing extends MemoryStorage {
  protected override async _write(name: string, bytes: Uint8Array, request: WriteRequest) {
    if (request.backup) throw Object.assign(new Error("disk"), { code: "EIO" })
    return super._write(name, bytes, request)
  }
}

test("errors quote the beginning and the end of a long key, and have all of it as their key", async () => {
  const [storage, aborted] = [new Failing(), AbortSignal.abort()]
  await storage.save(key, 1)
  const held: LeaseStore = {
    acquire: async () => ({ heldFor: 1_000 }),
    renew: async () => false,
    release: async () => {},
  }
  const never = () => new Promise(() => {})
  const keyed = [
    () => storage.save(key, 1, { ifRevision: "none" }),
    () => storage.save(key, 1, { backup: true }),
    () => storage.save(key, 1n),
    () => storage.load(key, { version: "none" }),
    () => storage.update(key, "no function" as never),
    () => storage.update(key, () => undefined),
    () => storage.save(`${key}/..`, 1),
    () => storage.save(`\0${key}`, 1),
    () => storage.save("a", 1, { subfolder: `${key}//` }),
  ]
  const unkeyed = [
    () => storage.load(key, { signal: aborted }),
    () => copyStorage(storage, new MemoryStorage(), { signal: aborted, pattern: "k*" }),
    () => withLease(held, key, () => {}, { timeout: 0 }),
    async () => {
      const left = new AbortController()
      const going = storage.update(key, never, { signal: left.signal })
      going.catch(() => {})
      await storage.update(key, () => 1, { timeout: 1 }).finally(() => left.abort())
    },
  ]
  for (const work of [...keyed, ...unkeyed]) {
    const error = (await work().catch((caught: unknown) => caught)) as PersistError
    expect(PersistError.is(error)).toBe(true)
    expect(error.message.length).toBeLessThan(1_000)
    if (!(keyed as unknown[]).includes(work)) continue
    expect(error.message).toContain("kkk…kkk")
    expect(error.key?.length).toBeGreaterThanOrEqual(20_000)
  }
})
