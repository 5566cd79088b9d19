import assert from "node:assert/strict"
import type { Change } from "../../storage/entry.ts"
import type { Checks } from "../check.ts"
import { failsWith } from "../expectations.ts"
import { hostileKeys } from "../hostile-keys.ts"

const needs = { needs: ["watch"] } as const

/** Milliseconds. Not every runner ends a test that waits for ever. */
const patience = 10_000

/** Reads changes until one fits; a gap stands for whatever it may hide. */
async function until(changes: AsyncIterator<Change>, fits: (change: Change) => boolean) {
  const seen: string[] = []
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const what = seen.length === 0 ? "nothing" : seen.join(", ")
    reject(new Error(`the change did not come within ${patience} ms; told was ${what}`))
  }, patience)
  try {
    for (;;) {
      const { value, done } = await Promise.race([changes.next(), late])
      assert.notEqual(done, true, "the watch ended before the change came")
      const change = value as Change
      if (change.type === "gap" || fits(change)) return change
      seen.push(`${change.type} of "${change.key}"`)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** `watch`: changes made by anyone, until aborted or closed. */
export function watchChecks(checks: Checks): void {
  const { check } = checks
  checks.group("watch", () => {
    check("tells of saves and deletes from the call on", needs, async ({ storage }) => {
      const changes = storage.watch()[Symbol.asyncIterator]()
      await storage.save("a", 1)
      const saved = await until(changes, (change) => change.key === "a" && change.type === "save")
      assert.ok(saved.type === "gap" || saved.key === "a")
      await storage.delete("a")
      await until(changes, (change) => change.key === "a" && change.type === "delete")
      await storage.save("folder/b", "x".repeat(200_000))
      await until(changes, (change) => change.key === "folder/b")
      if (storage.supports.sync) {
        storage.saveSync("c", 1)
        await until(changes, (change) => change.key === "c")
      }
      await changes.return?.()
    })

    check(
      "keeps to the key and subfolder, and names keys relative to it",
      needs,
      async ({ storage }) => {
        const below = storage.watch({ subfolder: "folder" })[Symbol.asyncIterator]()
        const only = storage.watch({ subfolder: "folder", key: "b" })[Symbol.asyncIterator]()
        await storage.save("b", 1)
        await storage.save("folder-b", 1)
        await storage.save("Folder/b", 1)
        await storage.save("folder/a", 1)
        await storage.save("folder/b", 1)
        const first = await until(below, () => true)
        assert.ok(first.type === "gap" || first.key === "a", `saw ${first.key}`)
        const exact = await until(only, () => true)
        assert.ok(exact.type === "gap" || exact.key === "b", `saw ${exact.key}`)
        await below.return?.()
        await only.return?.()
      },
    )

    check("tells of changes made by another handle", needs, async ({ storage, reopen }) => {
      if (!storage.supports.multiProcess) return
      const other = await reopen()
      const changes = storage.watch()[Symbol.asyncIterator]()
      const seen = until(changes, (change) => change.key === "from-other")
      await other.save("from-other", 1)
      const change = await seen
      assert.ok(change.type === "gap" || change.key === "from-other")
      await changes.return?.()
    })

    check("tells of updates and restores as saves", needs, async ({ storage }) => {
      const changes = storage.watch({ key: "key" })[Symbol.asyncIterator]()
      const isSave = (change: Change) => change.type === "save"
      const { history } = storage.supports
      await storage.update("key", () => 1, history ? { version: true } : {})
      await until(changes, isSave)
      await storage.save("key", 2)
      await until(changes, isSave)
      if (history) {
        const [version] = await storage.versions("key")
        await storage.restore("key", version!.id)
        await until(changes, isSave)
      }
      await changes.return?.()
    })

    check("comes to the last state of a key", needs, async (context) => {
      const { storage } = context
      const other = storage.supports.multiProcess ? await context.reopen() : storage
      const watches = [storage.watch(), other.watch({ subfolder: "folder" })]
      const iterators = watches.map((watch) => watch[Symbol.asyncIterator]())
      for (let value = 0; value < 12; value++) {
        await (value % 2 ? storage : other).save("key", value, { subfolder: "folder" })
      }
      const last = (await storage.stat("folder/key"))!.revision
      for (const [index, changes] of iterators.entries()) {
        const key = index === 0 ? "folder/key" : "key"
        await until(changes, (one) => one.key === key && (one.revision ?? last) === last)
      }
      await storage.delete("folder/key")
      for (const changes of iterators) {
        await until(changes, ({ type }) => type === "delete")
        await changes.return?.()
      }
    })

    check("tells of every one of many keys", needs, async ({ storage }) => {
      const changes = storage.watch({ subfolder: "many" })[Symbol.asyncIterator]()
      const numbered = Array.from({ length: 300 }, (_, index) => `key-${index}`)
      const missing = new Set([...numbered, ...hostileKeys])
      await Promise.all([...missing].map((key) => storage.save(key, 1, { subfolder: "many" })))
      await until(changes, ({ key }) => missing.delete(key) && missing.size === 0)
      await changes.return?.()
    })

    check("tells of what can be read by then, and of nothing else", needs, async ({ storage }) => {
      const changes = storage.watch()[Symbol.asyncIterator]()
      assert.equal(await storage.delete("missing"), false)
      const stale = { ifRevision: "made up" }
      await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("refused", 1, stale))
      const throwing = () => Promise.reject(new Error("changed my mind"))
      await assert.rejects(storage.update("refused", throwing))
      for (let value = 0; value < 5; value++) {
        const saving = storage.save(`key-${value}`, value)
        const change = await until(changes, () => true)
        if (change.type === "gap") break
        assert.equal(change.key, `key-${value}`)
        assert.equal(await storage.load(change.key), value, "told of before it could be read")
        await saving
      }
      await changes.return?.()
    })

    check("ends when its signal is aborted", needs, async ({ storage }) => {
      const controller = new AbortController()
      const changes = storage.watch({ signal: controller.signal })[Symbol.asyncIterator]()
      const next = changes.next()
      controller.abort()
      assert.equal((await next).done, true)
      assert.equal((await changes.next()).done, true)
      const none = storage.watch({ signal: AbortSignal.abort() })[Symbol.asyncIterator]()
      assert.equal((await none.next()).done, true)
    })

    check("ends for nobody else", needs, async ({ storage }) => {
      const controller = new AbortController()
      const [aborted, left, stays] = [
        storage.watch({ signal: controller.signal })[Symbol.asyncIterator](),
        storage.watch()[Symbol.asyncIterator](),
        storage.watch()[Symbol.asyncIterator](),
      ]
      const next = aborted.next()
      controller.abort()
      await next
      await left.return?.()
      await storage.save("key", 1)
      await until(stays, ({ key }) => key === "key")
      await stays.return?.()
    })

    check("ends when the storage is closed", needs, async ({ storage }) => {
      const changes = storage.watch()[Symbol.asyncIterator]()
      const idle = storage.watch()[Symbol.asyncIterator]()
      const next = changes.next()
      await storage.close()
      assert.equal((await next).done, true)
      assert.equal((await idle.next()).done, true)
    })
  })
}
