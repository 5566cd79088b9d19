import assert from "node:assert/strict"
import type { Checks } from "../check.ts"

const needs = { needs: ["history"] } as const
const day = 86_400_000

/** How many copies are kept, and how long. */
export function retentionChecks(checks: Checks): void {
  const { check } = checks
  checks.group("retention", () => {
    check(
      "keeps the newest, as many as told",
      { ...needs, storage: { keep: { versions: 3, backups: 2 } } },
      async ({ storage }) => {
        for (let value = 0; value < 8; value++) {
          await storage.save("key", value, { version: true, backup: true })
          await storage.save("other", value, { version: true })
        }
        const read = async (id: string) => storage.load("key", { version: id })
        const versions = await storage.versions("key")
        const backups = await storage.backups("key")
        assert.deepEqual(await Promise.all(versions.map(({ id }) => read(id))), [5, 6, 7])
        assert.deepEqual(await Promise.all(backups.map(({ id }) => read(id))), [5, 6])
        assert.equal((await storage.versions("other")).length, 3)
      },
    )

    check(
      "holds for updates and restores",
      { ...needs, storage: { keep: { versions: 3, backups: 2 } } },
      async ({ storage }) => {
        for (let value = 0; value < 5; value++) {
          await storage.update("key", () => value, { version: true, backup: true })
        }
        const versions = await storage.versions("key")
        const read = ({ id }: { readonly id: string }) => storage.load("key", { version: id })
        assert.deepEqual(await Promise.all(versions.map(read)), [2, 3, 4])
        assert.deepEqual(await Promise.all((await storage.backups("key")).map(read)), [2, 3])
        await storage.restore("key", versions[0]!.id)
        await storage.restore("key", versions[1]!.id)
        assert.deepEqual(await Promise.all((await storage.backups("key")).map(read)), [4, 2])
      },
    )

    check(
      "drops what is too old, but never the newest",
      { ...needs, storage: { maxAge: "7d" } },
      async ({ storage, clock }) => {
        await storage.save("key", 1, { version: true })
        await storage.save("key", 2, { version: true, backup: true })
        await clock.advance(8 * day)
        assert.equal((await storage.versions("key")).length, 2)
        await storage.save("key", 3, { version: true })
        const versions = await storage.versions("key")
        assert.equal(versions.length, 1)
        assert.equal(await storage.load("key", { version: versions[0]!.id }), 3)
        assert.equal((await storage.backups("key")).length, 1)
      },
    )

    check(
      "keeps the copies that a save has just made, though others' clocks are ahead",
      { needs: ["history", "persistent"], storage: { keep: 2 } },
      async ({ storage, clock, reopen }) => {
        const both = { version: true, backup: true }
        for (const ahead of [0, 20_000, day]) {
          const other = await reopen({ keep: 2, clock: () => clock.now() + ahead })
          for (const value of [1, 2, 3]) await other.save("key", value, both)
          for (const value of [4, 5]) {
            const { version, backup } = await storage.save("key", value, both)
            assert.equal(await storage.load("key", { version: version! }), value)
            assert.equal(await storage.load("key", { version: backup! }), value - 1)
          }
          assert.equal(await storage.delete("key", { backup: true }), true)
          assert.equal((await storage.versions("key")).length, 2)
          const backups = await storage.backups("key")
          const values = backups.map(({ id }) => storage.load("key", { version: id }))
          assert.ok((await Promise.all(values)).includes(5), "the backup of the delete is gone")
          assert.equal(values.length, 2)
        }
      },
    )

    check("keeps every version unless told otherwise", needs, async ({ storage }) => {
      const saves = Array.from({ length: 130 }, (_, index) =>
        storage.save("key", index, { version: true }),
      )
      await Promise.all(saves)
      await storage.delete("key", { backup: true })
      const versions = await storage.versions("key")
      assert.equal(versions.length, 130)
      assert.equal(await storage.load("key", { version: versions[0]!.id }), 0)
    })

    check(
      "keeps as many backups as told, also those of deletes",
      { ...needs, storage: { keep: { backups: 2 } } },
      async ({ storage }) => {
        for (let value = 0; value < 4; value++) {
          await storage.save("key", value)
          await storage.delete("key", { backup: true })
        }
        const backups = await storage.backups("key")
        const values = backups.map(({ id }) => storage.load("key", { version: id }))
        assert.deepEqual(await Promise.all(values), [2, 3])
      },
    )
  })
}
