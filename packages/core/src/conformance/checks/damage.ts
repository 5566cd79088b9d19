import assert from "node:assert/strict"
import type { Storage } from "../../storage/storage.ts"
import type { CheckContext, Checks } from "../check.ts"
import { failsWith } from "../expectations.ts"

const garbage: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(64),
  Buffer.from('{"half":'),
  Buffer.from([0xff, 0xfe, 0x00, 0x80]),
]

/** Stored bytes that went bad: recovered or refused, never the default. */
export function damageChecks(checks: Checks): void {
  const { check, target } = checks
  if (target.damage === undefined) {
    checks.leaveOut("damage", "damage")
    return
  }
  const damage = (context: CheckContext, bytes: Uint8Array, key = "key") =>
    context.target.damage!(context.storage as Storage, key, bytes)

  checks.group("damage", () => {
    check("is refused where there is no copy, never hidden by the default", async (context) => {
      const { storage } = context
      for (const bytes of garbage) {
        await storage.save("key", { whole: true })
        await damage(context, bytes)
        for (let attempt = 0; attempt < 2; attempt++) {
          const error = await failsWith("ERR_PERSIST_CORRUPT", () =>
            storage.load("key", { default: "never" }),
          )
          assert.equal(error.key, "key")
          assert.notEqual(error.cause, undefined)
        }
        assert.equal(await storage.exists("key"), true)
      }
      await storage.save("key", "mended")
      assert.equal(await storage.load("key"), "mended")
    })

    check("does not reach the change of an update as the default", async (context) => {
      const { storage } = context
      await storage.save("key", 1)
      await damage(context, garbage[2]!)
      let called = false
      const change = (current: number) => {
        called = true
        return current
      }
      await failsWith("ERR_PERSIST_CORRUPT", () => storage.update("key", change, { default: 0 }))
      assert.equal(called, false)
    })

    check(
      "is recovered from the newest copy that is whole",
      { needs: ["history"] },
      async (context) => {
        const warnings: unknown[] = []
        const storage = await context.open({
          logger: { warn: (message) => warnings.push(message) },
        })
        for (const bytes of garbage) {
          await storage.save("key", "oldest", { version: true })
          await storage.save("key", "newest copy")
          await storage.save("key", "current", { backup: true })
          await context.target.damage!(storage, "key", bytes)
          warnings.length = 0
          const found = await storage.loadEntry("key", { default: "never" })
          assert.equal(found?.value, "newest copy")
          assert.equal(found?.entry.recovered?.kind, "backup")
          assert.ok(found?.entry.recovered?.reason instanceof Error)
          assert.notEqual(warnings.length, 0, "the logger was not told")
          const again = await storage.loadEntry("key")
          assert.equal(again?.value, "newest copy")
          assert.equal(again?.entry.recovered, undefined, "the value was not mended")
        }
      },
    )

    check(
      "is recovered from the version that the last save recorded, not from the value that it replaced",
      { needs: ["history"] },
      async (context) => {
        const { storage } = context
        for (const value of ["first", "second"]) {
          await storage.save("key", value, { version: true, backup: true })
        }
        await damage(context, garbage[2]!)
        const found = await storage.loadEntry("key")
        assert.equal(found?.value, "second")
        assert.equal(found?.entry.recovered?.kind, "version")
      },
    )

    check("meets loadSync the same way", { needs: ["sync", "history"] }, async (context) => {
      const { storage } = context
      await storage.save("lost", 1)
      await storage.save("kept", 1, { version: true })
      await damage(context, garbage[2]!, "lost")
      await damage(context, garbage[2]!, "kept")
      await failsWith("ERR_PERSIST_CORRUPT", () => storage.loadSync("lost", { default: 0 }))
      assert.equal(storage.loadSync("kept", { default: 0 }), 1)
      const mended = await storage.loadEntry("kept")
      assert.equal(mended?.value, 1)
      assert.equal(mended?.entry.recovered?.kind, "version", "load did not mend what loadSync left")
    })

    check("is recovered for an update", { needs: ["history"] }, async (context) => {
      const { storage } = context
      await storage.save("key", 1)
      await storage.save("key", 2, { backup: true })
      await damage(context, garbage[2]!)
      assert.equal(await storage.update<number>("key", (current) => current! + 10), 11)
      assert.equal(await storage.load("key"), 11)
    })

    check("never becomes a backup", { needs: ["history"] }, async (context) => {
      const { storage } = context
      await storage.save("key", 1)
      await damage(context, garbage[2]!)
      await storage.save("key", 2, { backup: true })
      assert.deepEqual(await storage.backups("key"), [])
      assert.equal(await storage.load("key"), 2)
      await damage(context, garbage[2]!)
      await storage.delete("key", { backup: true })
      assert.deepEqual(await storage.backups("key"), [], "a delete kept damaged bytes as a backup")
    })

    check("of one key leaves the others readable", async (context) => {
      const { storage } = context
      for (const key of ["a", "b", "c"]) await storage.save(key, key)
      await damage(context, garbage[3]!, "b")
      assert.equal(await storage.load("a"), "a")
      assert.equal(await storage.load("c"), "c")
      assert.deepEqual(await storage.list(), ["a", "b", "c"])
      assert.equal(await storage.delete("b"), true)
      assert.equal(await storage.load("b", { default: "gone" }), "gone")
    })
  })
}
