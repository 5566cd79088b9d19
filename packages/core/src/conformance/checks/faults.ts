import assert from "node:assert/strict"
import { setTimeout as delay } from "node:timers/promises"
import type { PersistErrorCode } from "@persist/atomic"
import type { Storage } from "../../storage/storage.ts"
import type { Absence, CheckContext, Checks } from "../check.ts"
import { collect } from "../expectations.ts"
import { eventually, type Outcome, outcomeOf, within } from "../faults/outcome.ts"
import type { StorageFaults } from "../faults/storage-faults.ts"
import { stormCheck } from "./storm.ts"

/** What a check of faults works with. */
export interface FaultContext {
  readonly storage: Storage
  readonly faults: StorageFaults
  /** Milliseconds. */
  readonly deadline: number
  /** The outcome of an operation; a conflict counts as a failed check where none can be. */
  settle<T>(work: Promise<T>, ...others: PersistErrorCode[]): Promise<Outcome<T>>
  /** What `work` gives as soon as the storage works again. */
  again<T>(work: () => Promise<T>): Promise<T>
}

/** A text that is nowhere else. */
export function uniqueText(): string {
  return `lost${crypto.randomUUID().replaceAll("-", "")}`
}

/** Lost replies, lost requests, cuts and silence: three outcomes, and none of them a wrong one. */
export function faultChecks(checks: Checks): void {
  const { target } = checks
  if (target.faults === undefined) {
    checks.leaveOut("faults", "faults")
    return
  }
  const check = (name: string, body: (context: FaultContext) => Promise<Absence | void>) => {
    checks.check(name, async ({ storage, target }: CheckContext) => {
      const faults = target.faults!(storage)
      const { deadline = 10_000 } = target
      await storage.save("first", "so that it is connected")
      try {
        return await body({
          ...{ storage, faults, deadline },
          settle: (work, ...others) => outcomeOf(work, deadline, others),
          again: (work) => eventually(work, deadline),
        })
      } finally {
        await faults.heal()
      }
    })
  }

  checks.group("faults", () => {
    check("say of a save whose reply is lost no wrong outcome", async (context) => {
      const { storage, faults, deadline, settle, again } = context
      const { history } = storage.supports
      for (let round = 1; round <= 4; round++) {
        const text = uniqueText()
        const dropped = faults.dropReplyOnce(text)
        const outcome = await settle(storage.save("key", text, history ? { version: true } : {}))
        await within(dropped, deadline)
        assertValue(outcome, await again(() => storage.load("key")), text)
        if (outcome.state === "applied") {
          const { revision } = outcome.value
          assert.equal((await again(() => storage.stat("key")))?.revision, revision)
        }
        if (!history) continue
        const versions = await again(() => storage.versions("key"))
        assert.ok(versions.length <= round, "a repeated save has recorded more than one version")
      }
    })

    check("never report a conflict for the own success of a save", async (context) => {
      const { storage, faults, deadline, settle, again } = context
      for (let round = 0; round < 4; round++) {
        const found = await again(() => storage.stat("key"))
        const ifRevision = round % 2 ? (found?.revision ?? null) : null
        if (ifRevision === null) await again(() => storage.delete("key"))
        const text = uniqueText()
        const dropped = faults.dropReplyOnce(text)
        const outcome = await settle(storage.save("key", text, { ifRevision }))
        await within(dropped, deadline)
        assertValue(outcome, await again(() => storage.load("key")), text)
      }
    })

    check("apply an update whose reply is lost once at most", async (context) => {
      const { storage, faults, deadline, settle, again } = context
      await storage.save("key", { count: 0, text: "" })
      for (let round = 0; round < 4; round++) {
        const before = (await again(() => storage.load<{ count: number }>("key")))!.count
        const text = uniqueText()
        const dropped = faults.dropReplyOnce(text)
        const change = ({ count }: { count: number }) => ({ count: count + 1, text })
        const outcome = await settle(storage.update("key", change, { default: { count: 0 } }))
        await within(dropped, deadline)
        const after = (await again(() => storage.load<{ count: number }>("key")))!.count
        if (outcome.state === "applied") assert.equal(after, before + 1)
        else if (outcome.state === "not applied") assert.equal(after, before)
        else assert.ok(after === before || after === before + 1, `${before} became ${after}`)
      }
    })

    check("say of a delete whose reply is lost no wrong outcome", async (context) => {
      const { storage, faults, settle, again } = context
      for (let round = 0; round < 3; round++) {
        const key = uniqueText()
        const { revision } = await again(() => storage.save(key, 1))
        // Which of its requests names the key, and whether more than one does, is the storage's affair.
        void faults.dropReplyOnce(key)
        const guard = round % 2 ? { ifRevision: revision } : {}
        const outcome = await settle(storage.delete(key, guard))
        await faults.heal()
        const exists = await again(() => storage.exists(key))
        if (outcome.state === "applied") assert.deepEqual([outcome.value, exists], [true, false])
        if (outcome.state === "not applied") assert.equal(exists, true)
      }
    })

    check("say of a save whose request is lost no wrong outcome", async (context) => {
      const { storage, faults, deadline, settle, again } = context
      for (let round = 0; round < 3; round++) {
        const text = uniqueText()
        const dropped = faults.dropRequestOnce(text)
        const outcome = await settle(storage.save("key", text))
        await within(dropped, deadline)
        assertValue(outcome, await again(() => storage.load("key")), text)
      }
    })

    check("are over for the next operation, when a connection was cut", async (context) => {
      const { storage, faults, again } = context
      for (let round = 0; round < 3; round++) {
        await faults.cut()
        const saved = await again(() => storage.save("key", round))
        assert.equal(await again(() => storage.load("key")), round)
        assert.equal((await again(() => storage.stat("key")))?.revision, saved.revision)
      }
    })

    check(
      "let every operation settle when nothing arrives, and never act late",
      async (context) => {
        const { storage, faults, settle, again } = context
        if (faults.blackHole === undefined) return { outcome: "left out", absent: "blackHole" }
        await storage.save("key", "before")
        await faults.blackHole()
        const texts = Array.from({ length: 6 }, (_, index) => `text-${index}`)
        const saves = texts.map((text) => settle(storage.save(text, text)))
        const others = [
          storage.load("key"),
          storage.stat("key"),
          storage.exists("key"),
          storage.list(),
          collect(storage.entries()),
          storage.update("updated", () => 1),
          storage.delete("key", { ifRevision: "made up" }),
          ...(storage.supports.history ? [storage.versions("key"), storage.backups("key")] : []),
        ]
        const conflict = "ERR_PERSIST_CONFLICT"
        const [outcomes] = await Promise.all([
          Promise.all(saves),
          ...others.map((other) => settle<unknown>(other as Promise<unknown>, conflict)),
        ])
        await faults.heal()
        await again(() => storage.save("after", 1))
        // What was on its way may arrive only now.
        for (let look = 0; look < 10; look++) {
          for (const [index, outcome] of outcomes.entries()) {
            const text = texts[index]!
            const found = await again(() => storage.load(text))
            if (outcome.state === "applied") assert.equal(found, text)
            if (outcome.state === "not applied") assert.equal(found, undefined, `${text} came late`)
          }
          await delay(20)
        }
        assert.equal(await again(() => storage.load("key")), "before")
        return undefined
      },
    )

    check("are told to a watch, which misses nothing or says so", async ({ storage, ...rest }) => {
      if (!storage.supports.watch) return
      const { faults, deadline, again } = rest
      const changes = storage.watch()[Symbol.asyncIterator]()
      const seen = new Set<string>()
      let isGap = false
      for (let round = 0; round < 3; round++) {
        await faults.cut()
        const key = `key-${round}`
        await again(() => storage.save(key, round))
        isGap = false
        while (!seen.has(key) && !isGap) {
          const { value, done } = await within(changes.next(), deadline)
          assert.notEqual(done, true, "the watch ended at a fault")
          if (value.type === "gap") isGap = true
          else seen.add(value.key)
        }
      }
      await changes.return?.()
    })

    check("leave no lost and no invented write behind, however many come", stormCheck)
  })
}

function assertValue(outcome: Outcome<unknown>, found: unknown, saved: unknown): void {
  if (outcome.state === "applied") assert.equal(found, saved, "an acknowledged save is not there")
  if (outcome.state === "not applied") {
    assert.notEqual(found, saved, `it was applied, but failed with ${outcome.error.code}`)
  }
}
