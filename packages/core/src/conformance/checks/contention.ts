import assert from "node:assert/strict"
import type { Storage } from "../../storage/storage.ts"
import type { CheckContext, Checks } from "../check.ts"
import { oneWins, outcomes } from "../expectations.ts"

const increment = (current: number) => current + 1

/** Several handles where there can be several: as so many processes would have. */
async function handlesOf({ storage, reopen }: CheckContext): Promise<readonly Storage[]> {
  if (!storage.supports.multiProcess) return [storage]
  return [storage, await reopen(), await reopen()]
}

/** Many writers of one key at once, through as many handles as there can be. */
export function contentionChecks(checks: Checks): void {
  const { check } = checks
  checks.group("contention", () => {
    check("records a version of every update", { needs: ["history"] }, async (context) => {
      const handles = await handlesOf(context)
      const updates = Array.from({ length: 24 }, (_, index) =>
        handles[index % handles.length]!.update("key", increment, { default: 0, version: true }),
      )
      const counted = (await Promise.all(updates)).toSorted((a, b) => a - b)
      assert.deepEqual(
        counted,
        Array.from({ length: 24 }, (_, index) => index + 1),
      )
      const versions = await context.storage.versions("key")
      const values = versions.map(({ id }) => context.storage.load("key", { version: id }))
      assert.deepEqual(
        (await Promise.all(values)).toSorted((a, b) => Number(a) - Number(b)),
        counted,
      )
    })

    check("gives no two copies one id", { needs: ["history"] }, async (context) => {
      const handles = await handlesOf(context)
      const saves = Array.from({ length: 24 }, (_, index) =>
        handles[index % handles.length]!.save("key", index, { version: true, backup: true }),
      )
      const saved = await Promise.all(saves)
      const ids = saved.flatMap(({ version, backup }) => [version!, ...(backup ? [backup] : [])])
      assert.equal(new Set(ids).size, ids.length)
      const versions = (await handles.at(-1)!.versions("key")).map(({ id }) => id)
      assert.deepEqual(versions, saved.map(({ version }) => version).toSorted())
      for (const [index, { version }] of saved.entries()) {
        assert.equal(await context.storage.load("key", { version: version! }), index)
      }
    })

    check("shows each handle what another one wrote last", async (context) => {
      if (!context.storage.supports.multiProcess) return
      const [writer, reader] = [context.storage, await context.reopen()]
      const { history } = writer.supports
      for (let round = 0; round < 4; round++) {
        const { revision } = await writer.save("key", round, history ? { version: true } : {})
        assert.deepEqual(await reader.list(), ["key"])
        assert.equal((await reader.stat("key"))?.revision, revision)
        assert.equal((await reader.loadEntry("key"))?.value, round)
        if (history) assert.equal((await reader.versions("key")).length, round + 1)
        await writer.delete("key")
        assert.deepEqual(await reader.list(), [])
        assert.equal(await reader.exists("key"), false)
        assert.equal(await reader.load("key"), undefined)
      }
    })

    check("tells updates, saves and deletes apart by their revisions", async (context) => {
      const handles = await handlesOf(context)
      const writes = Array.from({ length: 30 }, (_, index) => {
        const handle = handles[index % handles.length]!
        if (index % 5 === 4) return handle.delete("key").then(() => undefined)
        return handle.save("key", index).then(({ revision }) => revision)
      })
      const revisions = (await Promise.all(writes)).filter((revision) => revision !== undefined)
      // Of saves that wait together only the last need be written: those then have its revision.
      const last = (await context.storage.stat("key"))?.revision
      if (last !== undefined) assert.ok(revisions.includes(last))
    })

    check("lets one of many win, round after round", async (context) => {
      const handles = await handlesOf(context)
      let revision: string | null = null
      const seen = new Set<string>()
      for (let round = 0; round < 6; round++) {
        const contenders = Array.from({ length: 9 }, (_, index) =>
          handles[index % handles.length]!.save("key", [round, index], { ifRevision: revision }),
        )
        await oneWins(contenders)
        revision = (await context.storage.stat("key"))!.revision
        assert.equal(seen.has(revision), false, "a revision came twice")
        seen.add(revision)
      }
    })

    check("refuses a revision whose bytes are there again", async ({ storage }) => {
      const { revision } = await storage.save("key", "A")
      await storage.save("key", "B")
      await storage.save("key", "A")
      const { codes } = await outcomes([storage.save("key", "C", { ifRevision: revision })])
      assert.deepEqual(codes, ["ERR_PERSIST_CONFLICT"])
      await storage.delete("key")
      await storage.save("key", "A")
      const again = await outcomes([storage.delete("key", { ifRevision: revision })])
      assert.deepEqual(again.codes, ["ERR_PERSIST_CONFLICT"])
      assert.equal(await storage.load("key"), "A")
    })
  })
}
