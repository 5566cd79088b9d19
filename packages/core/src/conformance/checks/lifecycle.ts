import assert from "node:assert/strict"
import type { Storage } from "../../storage/storage.ts"
import type { Checks } from "../check.ts"
import { collect, failsWith } from "../expectations.ts"

/** Every operation that `supports` allows, as a call that works on an open storage holding `"key"`. */
function operations(storage: Storage, version: string | undefined): (() => unknown)[] {
  const { history, sync, watch } = storage.supports
  return [
    () => storage.save("key", 2),
    () => storage.load("key"),
    () => storage.loadEntry("key"),
    () => storage.update("key", () => 3),
    () => storage.exists("key"),
    () => storage.stat("key"),
    () => storage.list(),
    () => collect(storage.entries()),
    ...(history
      ? [
          () => storage.versions("key"),
          () => storage.backups("key"),
          () => storage.load("key", { version: version! }),
          () => storage.restore("key", version!),
        ]
      : []),
    ...(sync ? [() => storage.saveSync("key", 4), () => storage.loadSync("key")] : []),
    ...(watch
      ? [() => storage.watch({ signal: AbortSignal.abort() })[Symbol.asyncIterator]().next()]
      : []),
    () => storage.delete("key"),
  ]
}

const abilities = [
  "fence",
  "history",
  "multiProcess",
  "persistent",
  "sync",
  "ttl",
  "watch",
] as const

/** Open, closing, closed: what every operation does in each. */
export function lifecycleChecks(checks: Checks): void {
  const { check } = checks
  checks.group("lifecycle", () => {
    const prepare = async (storage: Storage) =>
      (await storage.save("key", 1, storage.supports.history ? { version: true } : {})).version

    check("says what it can do", async ({ storage }) => {
      for (const ability of abilities) assert.equal(typeof storage.supports[ability], "boolean")
    })

    check("does everything while it is open", async ({ storage }) => {
      for (const operation of operations(storage, await prepare(storage))) await operation()
    })

    check("refuses everything once it is closing, and once it is closed", async ({ storage }) => {
      const calls = operations(storage, await prepare(storage))
      const closing = storage.close()
      for (const call of calls) await failsWith("ERR_PERSIST_CLOSED", call)
      await closing
      for (const call of calls) await failsWith("ERR_PERSIST_CLOSED", call)
    })

    check("refuses everything while it waits for what still runs", async ({ storage }) => {
      const calls = operations(storage, await prepare(storage))
      const { promise: goOn, resolve } = Promise.withResolvers<void>()
      const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>()
      const updating = storage.update<number>("running", async () => {
        begin()
        await goOn
        return 7
      })
      await Promise.race([hasBegun, updating])
      const closing = storage.close()
      for (const call of calls) await failsWith("ERR_PERSIST_CLOSED", call)
      resolve()
      assert.equal(await updating, 7)
      await closing
    })

    check("finishes what runs before it closes", async ({ storage, reopen }) => {
      const saves = Array.from({ length: 10 }, (_, index) => storage.save(`key-${index}`, index))
      const loading = storage.load("key-0")
      let closed = false
      const closing = storage.close().then(() => {
        closed = true
      })
      await Promise.all(saves)
      await loading
      await closing
      assert.equal(closed, true)
      if (storage.supports.persistent) assert.equal((await (await reopen()).list()).length, 10)
    })

    check("closes once, however often it is told", async ({ storage }) => {
      await storage.save("key", 1)
      await Promise.all([storage.close(), storage.close()])
      await storage.close()
      await storage[Symbol.asyncDispose]()
    })

    check("ends a listing that is under way", async ({ storage }) => {
      for (const key of ["a", "b", "c"]) await storage.save(key, 1)
      const entries = storage.entries()
      assert.equal((await entries.next()).done, false)
      await storage.close()
      await failsWith("ERR_PERSIST_CLOSED", () => entries.next())
    })

    check("can be closed by await using", async ({ open }) => {
      let escaped: Storage
      {
        await using storage = await open()
        await storage.save("key", 1)
        escaped = storage
      }
      await failsWith("ERR_PERSIST_CLOSED", () => escaped.load("key"))
    })
  })
}
