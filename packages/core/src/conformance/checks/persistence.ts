import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { TextSerializer } from "../text-serializer.ts"

/** What was saved is there for the next handle, and gone from nobody else's. */
export function persistenceChecks(checks: Checks): void {
  const { check } = checks
  checks.group("persistence", () => {
    check("finds everything again after close", async ({ storage, reopen }) => {
      if (!storage.supports.persistent) return
      const { history } = storage.supports
      const saved = await storage.save("folder/key", { a: [1] }, history ? { version: true } : {})
      await storage.save("gone", 1)
      await storage.delete("gone")
      await storage.close()
      const again = await reopen()
      assert.deepEqual(await again.load("folder/key"), { a: [1] })
      assert.equal((await again.stat("folder/key"))?.revision, saved.revision)
      assert.deepEqual(await again.list(), ["folder/key"])
      if (!history) return
      const versions = await again.versions("folder/key")
      assert.deepEqual(
        versions.map(({ id }) => id),
        [saved.version],
      )
    })

    check("finds entries and history as they were", async ({ storage, reopen }) => {
      const { history, persistent, ttl } = storage.supports
      if (!persistent) return
      const serializer = new TextSerializer()
      const copies = history ? { version: true, backup: true } : {}
      await storage.save("key", "first")
      const { version, backup, ...saved } = await storage.save("key", "second", {
        ...{ serializer, ...copies },
        ...(ttl && { ttl: "1h" }),
      })
      const [versions, backups] = history
        ? [await storage.versions("key"), await storage.backups("key")]
        : []
      await storage.close()
      const again = await reopen({ serializers: [serializer] })
      const found = (await again.stat("key"))!
      for (const name of ["format", "size", "revision", "savedAt", "expiresAt"] as const) {
        assert.deepEqual(found[name], saved[name], `another ${name} than before`)
      }
      assert.equal(await again.load("key"), "second")
      if (!history) return
      assert.deepEqual(await again.versions("key"), versions)
      assert.deepEqual(await again.backups("key"), backups)
      assert.equal(await again.load("key", { version: version! }), "second")
      assert.equal(await again.load("key", { version: backup! }), "first")
    })

    check("keeps revisions from one handle to the next", async ({ storage, reopen }) => {
      if (!storage.supports.persistent) return
      const { revision } = await storage.save("key", 1)
      await storage.close()
      const again = await reopen()
      const next = await again.save("key", 2, { ifRevision: revision })
      assert.notEqual(next.revision, revision)
    })

    check("shares nothing with another storage", async ({ storage, open }) => {
      const other = await open()
      await storage.save("key", "mine")
      assert.equal(await other.load("key"), undefined)
      await other.save("key", "theirs")
      assert.equal(await storage.load("key"), "mine")
      assert.deepEqual(await other.list(), ["key"])
    })
  })
}
