import assert from "node:assert/strict"
import { copyStorage } from "../../storage/copy/copy-storage.ts"
import { historyIdTime } from "../../storage/history-id.ts"
import type { Checks } from "../check.ts"
import { failsWith } from "../expectations.ts"
import { TextSerializer } from "../text-serializer.ts"

const needs = { needs: ["history"] } as const

/** Versions, backups and restore. */
export function historyChecks(checks: Checks): void {
  const { check } = checks
  checks.group("history", () => {
    check("is empty at first", needs, async ({ storage }) => {
      assert.deepEqual(await storage.versions("key"), [])
      await storage.save("key", 1)
      assert.deepEqual(await storage.versions("key"), [])
      assert.deepEqual(await storage.backups("key"), [])
    })

    check("records versions in order, within one millisecond too", needs, async ({ storage }) => {
      const ids: (string | undefined)[] = []
      for (let value = 0; value < 20; value++) {
        ids.push((await storage.save("key", value, { version: true })).version)
      }
      const versions = await storage.versions("key")
      assert.deepEqual(
        versions.map((version) => version.id),
        ids,
      )
      assert.deepEqual(ids.toSorted(), ids)
      assert.equal(new Set(ids).size, 20)
      for (const [value, { id, kind, format, size }] of versions.entries()) {
        assert.equal(await storage.load("key", { version: id }), value)
        assert.deepEqual({ kind, format }, { kind: "version", format: ".json" })
        assert.ok(size > 0)
      }
    })

    check("records a version of every one of many saves at once", needs, async ({ storage }) => {
      const values = Array.from({ length: 15 }, (_, index) => index)
      const saved = await Promise.all(
        values.map((value) => storage.save("key", value, { version: true })),
      )
      const versions = await storage.versions("key")
      assert.deepEqual(
        versions.map(({ id }) => id),
        saved.map(({ version }) => version).toSorted(),
      )
      for (const [value, { version }] of saved.entries()) {
        assert.equal(await storage.load("key", { version: version! }), value)
      }
    })

    check("records a version of every save, also of the same value", needs, async (context) => {
      const { storage, clock } = context
      const sizes: number[] = []
      for (const value of ["same", "same", "other value"]) {
        sizes.push((await storage.save("key", value, { version: true })).size)
      }
      const versions = await storage.versions("key")
      assert.deepEqual(
        versions.map(({ size }) => size),
        sizes,
        "the sizes of the versions are not those of the saves",
      )
      await clock.advance(1_500)
      assert.deepEqual(await storage.versions("key"), versions)
    })

    check("keeps versions as they were", needs, async ({ storage }) => {
      const { version } = await storage.save("key", "first", { version: true })
      await storage.save("key", "second")
      assert.equal(await storage.load("key", { version: version! }), "first")
      const { backup } = await storage.save("key", "third", { version: true, backup: true })
      await storage.save("key", "fourth", { version: true })
      assert.equal(await storage.load("key", { version: version! }), "first")
      assert.equal(await storage.load("key", { version: backup! }), "second")
      assert.equal(await storage.load("key"), "fourth")
    })

    check("keeps what a save replaces as a backup", needs, async ({ storage, clock }) => {
      const none = await storage.save("key", 1, { backup: true })
      assert.equal(none.backup, undefined)
      assert.deepEqual(await storage.backups("key"), [])
      await clock.advance(2_000)
      const saved = await storage.save("key", 2, { backup: true })
      const [backup, ...rest] = await storage.backups("key")
      assert.deepEqual(rest, [])
      assert.equal(backup?.id, saved.backup)
      assert.equal(backup?.kind, "backup")
      const age = backup!.savedAt.getTime() - none.savedAt.getTime()
      assert.ok(age >= 1_000, "a backup tells when its value was saved, not when it was made")
      const copy = await storage.loadEntry("key", { version: backup!.id })
      assert.equal(copy?.value, 1)
      assert.equal(copy.entry.savedAt.getTime(), backup!.savedAt.getTime())
      assert.equal(copy.entry.size, backup!.size)
      assert.deepEqual(await storage.versions("key"), [])
    })

    check("tells of a copy the time in its id", needs, async ({ storage, clock, open }) => {
      await storage.save("key", 1, { version: true })
      await clock.advance(1_500)
      await storage.save("key", 2, { backup: true })
      await clock.advance(1_500)
      const other = await open()
      // Under the same ids, as one moves from storage to storage.
      await copyStorage(storage, other)
      for (const one of [storage, other]) {
        const copies = [...(await one.versions("key")), ...(await one.backups("key"))]
        assert.equal(copies.length, 2)
        for (const { id, savedAt } of copies) {
          const { entry } = (await one.loadEntry("key", { version: id }))!
          assert.equal(savedAt.getTime(), historyIdTime(id), "savedAt must be historyIdTime(id)")
          assert.equal(entry.savedAt.getTime(), historyIdTime(id))
        }
      }
    })

    check("keeps a backup in the format of what is replaced", needs, async ({ storage }) => {
      const serializer = new TextSerializer()
      const replaced = await storage.save("key", "a text", { serializer })
      await storage.save("key", { as: "json" }, { backup: true })
      const removed = await storage.save("key", "another text", { serializer })
      await storage.delete("key", { backup: true })
      await storage.save("key", { as: "json again" })
      const backups = await storage.backups("key")
      assert.deepEqual(
        backups.map(({ format, size }) => [format, size]),
        [replaced, removed].map(({ format, size }) => [format, size]),
      )
      const found = await Promise.all(backups.map(({ id }) => storage.load("key", { version: id })))
      assert.deepEqual(found, ["a text", "another text"])
    })

    check(
      "makes no history of what is refused, and drops none",
      { ...needs, storage: { keep: 1 } },
      async ({ storage }) => {
        const { version } = await storage.save("key", 1, { version: true })
        const { backup } = await storage.save("key", 2, { backup: true })
        const wrong = { ifRevision: "made up", version: true, backup: true }
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 3, wrong))
        const removal = { ifRevision: "made up", backup: true }
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", removal))
        const copies = [...(await storage.versions("key")), ...(await storage.backups("key"))]
        assert.deepEqual(
          copies.map(({ id }) => id),
          [version, backup],
        )
      },
    )

    check("restores a version, and backs up what that replaces", needs, async (context) => {
      const { storage, clock } = context
      const { version } = await storage.save("key", "old", { version: true, subfolder: "s" })
      const before = await storage.save("key", "new", { subfolder: "s" })
      await clock.advance(1_000)
      const restored = await storage.restore("key", version!, { subfolder: "s" })
      assert.equal(restored.key, "key")
      assert.ok(restored.savedAt > before.savedAt, "it is as old as the copy")
      assert.notEqual(restored.revision, before.revision)
      assert.equal(await storage.load("s/key"), "old")
      const backups = await storage.backups("s/key")
      assert.equal(await storage.load("s/key", { version: backups.at(-1)!.id }), "new")
    })

    check("restores in the format of the copy", needs, async ({ storage }) => {
      const serializer = new TextSerializer()
      const { version } = await storage.save("key", "text", { serializer, version: true })
      await storage.save("key", "json")
      await storage.restore("key", version!)
      assert.equal((await storage.stat("key"))?.format, ".text")
      assert.equal(await storage.load("key"), "text")
    })

    check("outlives a delete, and is restored after it", needs, async ({ storage }) => {
      const { version } = await storage.save("key", "old", { version: true })
      await storage.delete("key")
      assert.equal(await storage.load("key"), undefined)
      assert.deepEqual(await storage.list(), [])
      assert.equal(await storage.load("key", { version: version! }), "old")
      await storage.restore("key", version!)
      assert.equal(await storage.load("key"), "old")
    })

    check("keeps what a delete removes as a backup, when told", needs, async ({ storage }) => {
      await storage.save("key", "value")
      assert.equal(await storage.delete("key", { backup: true }), true)
      const [backup] = await storage.backups("key")
      assert.equal(await storage.load("key", { version: backup!.id }), "value")
      assert.equal(await storage.exists("key"), false)
    })

    check("goes with a delete when told", needs, async ({ storage }) => {
      const { version } = await storage.save("key", 1, { version: true })
      await storage.save("key", 2, { version: true, backup: true })
      await storage.save("key/below", 3, { version: true })
      assert.equal(await storage.delete("key", { history: true }), true)
      assert.equal(await storage.exists("key"), false)
      assert.deepEqual(await storage.versions("key"), [])
      assert.deepEqual(await storage.backups("key"), [])
      await failsWith("ERR_PERSIST_NOT_FOUND", () => storage.restore("key", version!))
      assert.equal((await storage.versions("key/below")).length, 1)
      await storage.save("gone", 1, { version: true })
      await storage.delete("gone", { backup: true })
      assert.equal(await storage.delete("gone", { history: true }), false)
      assert.deepEqual(await storage.versions("gone"), [])
      assert.deepEqual(await storage.backups("gone"), [])
      await storage.save("key", 4, { backup: true })
      assert.deepEqual(await storage.versions("key"), [], "a save brought deleted history back")
      assert.deepEqual(await storage.backups("key"), [])
    })

    check("says when a copy is not there", needs, async ({ storage }) => {
      await storage.save("key", 1)
      const { version } = await storage.save("other", 1, { version: true })
      for (const id of ["made up", "../../escape", "", version!, "\0", "x".repeat(5000)]) {
        const wanted = { version: id, default: 0 }
        await failsWith("ERR_PERSIST_NOT_FOUND", () => storage.load("key", wanted))
        await failsWith("ERR_PERSIST_NOT_FOUND", () => storage.restore("key", id))
      }
      assert.equal(await storage.load("key"), 1)
    })

    check("is not listed among the values", needs, async ({ storage }) => {
      await storage.save("key", 1, { version: true })
      await storage.save("key", 2, { version: true, backup: true })
      assert.deepEqual(await storage.list(), ["key"])
      assert.deepEqual(await storage.list({ pattern: "**" }), ["key"])
    })
  })
}
