import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { AnsweringProxy } from "./support/answering-proxy.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

type Write = (storage: RedisStorage, value: string) => Promise<unknown>

describeRedis("what a server turns away for now", () => {
  let server: RedisProcess
  /** What the next request has to hold to be turned away, and who wants to know. */
  let turned: { readonly matching: string; readonly answer: string; resolve(): void } | undefined
  let proxy: AnsweringProxy
  beforeAll(async () => {
    server = await startRedis()
    proxy = await AnsweringProxy.start(server.port, (command) => {
      if (turned === undefined || !command.includes(turned.matching)) return undefined
      const { answer, resolve } = turned
      turned = undefined
      resolve()
      return answer
    })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await server.stop()
  })

  const turnAwayOnce = (
    matching: string,
    answer = "LOADING Redis is loading the dataset in memory",
  ) =>
    new Promise<void>((resolve) => {
      turned = { matching, answer, resolve }
    })
  const open = async (prefix: string, options: RedisStorageOptions = {}) => {
    const { port } = proxy
    const storage = new RedisStorage({ url: `redis://127.0.0.1:${port}`, prefix, ...options })
    await storage.save("opened", 1)
    return storage
  }

  test("is done in the order in which it was asked for", async () => {
    await using storage = await open("order")
    const turnedAway = turnAwayOnce("r:key")
    await Promise.all(Array.from({ length: 20 }, (_, index) => storage.save("key", index)))
    await turnedAway
    expect(await storage.load("key")).toBe(19)
  })

  // Of Redis 6.2, of 7 and Valkey 8, of Valkey 9.
  for (const answer of [
    "ERR Error running script (call to f_0): @user_script:3: @user_script: 3: Script attempted to access a non local key in a cluster node",
    "ERR Script attempted to access a non local key in a cluster node script: 0, on @user_script:3.",
    "ERR Attempted to access a non local key in a cluster node script: 0, on @user_script:3.",
  ]) {
    test(`is done when the slot has moved: ${answer.slice(0, 20)}`, async () => {
      await using storage = await open("moving")
      const turnedAway = turnAwayOnce("r:key", answer)
      await storage.save("key", 1)
      await turnedAway
      expect(await storage.load("key")).toBe(1)
    })
  }

  test("comes before what is asked for since", async () => {
    await using storage = await open("since")
    const turnedAway = turnAwayOnce("r:key")
    const older = storage.save("key", "older")
    await turnedAway
    // What is answered later says that the storage knows of it.
    await storage.load("opened")
    await Promise.all([older, storage.save("key", "newer"), storage.save("other", 1)])
    expect(await storage.load("key")).toBe("newer")
  })

  for (const answer of ["NOSCRIPT No matching script.", "ASK 1 127.0.0.1:1"]) {
    test(`comes before what is sent again at once: ${answer}`, async () => {
      await using storage = await open(answer.slice(0, 3))
      const olderTurnedAway = turnAwayOnce("r:key")
      const older = storage.save("key", "older")
      await olderTurnedAway
      // Sent before it is known that the older one has to wait.
      const newerTurnedAway = turnAwayOnce("r:key", answer)
      const newer = storage.save("key", "newer")
      await newerTurnedAway
      await Promise.all([older, newer])
      expect(await storage.load("key")).toBe("newer")
    })
  }

  const save: Write = (storage, value) => storage.save("key", value)
  const expiring: Write = (storage, value) => storage.save("key", value, { ttl: "1h" })
  const versioned: Write = (storage, value) => storage.save("key", value, { version: true })
  const remove: Write = (storage) => storage.delete("key")
  for (const { name, older, newer, left } of [
    { name: "save, save", older: save, newer: save, left: "newer" },
    { name: "save, save with ttl", older: save, newer: expiring, left: "newer" },
    { name: "save with ttl, save", older: expiring, newer: save, left: "newer" },
    { name: "save with version, save", older: versioned, newer: save, left: "newer" },
    { name: "delete, save", older: remove, newer: save, left: "newer" },
    { name: "save, delete", older: save, newer: remove, left: undefined },
    { name: "save with ttl, delete", older: expiring, newer: remove, left: undefined },
  ]) {
    test(`leaves what was asked for later and has been done: ${name}`, async () => {
      await using storage = await open("later")
      await storage.save("key", "oldest")
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const first = older(storage, "older")
      await turnedAway
      // Sent before it is known that the older one has to wait.
      await Promise.all([first, newer(storage, "newer")])
      expect(await storage.load("key")).toBe(left)
      if (older === versioned) {
        const [version] = await storage.versions("key")
        expect(await storage.load("key", { version: version!.id })).toBe("older")
        await storage.delete("key", { history: true })
      }
    })
  }

  for (const wasThere of [true, false]) {
    test(`says of a delete that gives way whether there was something: ${wasThere}`, async () => {
      await using storage = await open(`there-${wasThere}`)
      if (wasThere) await storage.save("key", "oldest")
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const deleting = storage.delete("key")
      await turnedAway
      const others = [storage.save("key", "newer"), storage.save("other", 1)]
      expect(await deleting).toBe(wasThere)
      await Promise.all(others)
      expect(await storage.load("key")).toBe("newer")
    })
  }

  test("says of a delete that gives way what was there before it, not before the last of what came later", async () => {
    await using storage = await open("there-later")
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const deleting = storage.delete("key")
    await turnedAway
    const others = ["newer", "newest"].map((value) => storage.save("key", value))
    expect(await deleting).toBe(false)
    await Promise.all(others)
    expect(await storage.load("key")).toBe("newest")
  })

  test("says of a delete that gives way that there was something, where that is too far back to be seen", async () => {
    await using storage = await open("there-far")
    await storage.save("key", "oldest")
    const fill = `for index = 1, 6000 do
      redis.call('XADD', KEYS[1], '*', 's', 'another', 'o', 'number' .. index)
    end`
    await server.ask("EVAL", fill, "1", "{there-far:0}log")
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const deleting = storage.delete("key")
    await turnedAway
    const newer = storage.save("key", "newer")
    expect(await deleting).toBe(true)
    await newer
  })

  for (const isFenced of [false, true]) {
    test(`gives way once more where the answer to that was lost, fenced since: ${isFenced}`, async () => {
      await using losing = await TcpProxy.start({ port: proxy.port })
      const prefix = `again-${isFenced}`
      const url = `redis://127.0.0.1:${losing.port}`
      await using storage = new RedisStorage({ url, prefix })
      await using other = new RedisStorage({ url: server.url, prefix })
      await storage.save("opened", 1)
      const { sha } = scriptsFor(false).save
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const options = isFenced ? ({ version: true, fence: 7 } as const) : {}
      const first = storage.save("key", "x".repeat(30_000), options).catch(({ code }) => code)
      await turnedAway
      const newer = storage.save("key", "newer")
      await losing.dropReplyOnce(sha)
      if (isFenced) {
        let isMarked = false
        const turnAway = { matching: sha, answer: "BUSY Redis is busy.", resolve: () => {} }
        turned = turnAway
        turnAway.resolve = () => {
          if (!isMarked) turned = turnAway
        }
        await other.save("key", "newer", { fence: 8 })
        isMarked = true
        turned = undefined
        expect(await first).toBe("ERR_PERSIST_FENCED")
      } else await first
      await newer
      expect(await storage.load("key")).toBe("newer")
      for (const { id } of await storage.versions("key")) {
        expect(await storage.load("key", { version: id })).toHaveLength(30_000)
      }
      expect(await storage.versions("key")).toHaveLength(isFenced ? 1 : 0)
    })
  }

  test("gives way once more where its version has been dropped since, and the answer to that was lost", async () => {
    await using losing = await TcpProxy.start({ port: proxy.port })
    const [url, prefix] = [`redis://127.0.0.1:${losing.port}`, "again-dropped"]
    await using storage = new RedisStorage({ url, prefix, keep: { versions: 1 } })
    await storage.save("opened", 1)
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const first = storage.save("key", "x".repeat(30_000), { version: true })
    await turnedAway
    const newer = storage.save("key", "newer", { version: true })
    // The size, as the script takes it.
    await losing.dropReplyOnce("\r\n30002\r\n")
    await first
    const { version } = await newer
    expect(await storage.load("key")).toBe("newer")
    expect((await storage.versions("key")).map(({ id }) => id)).toEqual([version])
    expect(await server.ask("KEYS", `{${prefix}:0}b:*`)).toEqual([])
  })

  test("keeps its fencing mark also on a full server: a delete", async () => {
    await using storage = await open("fenced-full")
    await storage.save("key", "oldest")
    let isFull = false
    const turnAway = {
      ...{ matching: scriptsFor(false).remove.sha, answer: "BUSY Redis is busy." },
      resolve: () => {
        if (!isFull) turned = turnAway
      },
    }
    turned = turnAway
    const deleting = storage.delete("key", { fence: 7 })
    await storage.save("key", "newer")
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    isFull = true
    turned = undefined
    expect(await deleting).toBe(true)
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    expect(await storage.load("key")).toBe("newer")
    const late = storage.save("key", "late", { fence: 6 })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_FENCED" })
  })

  for (const size of [10, 30_000]) {
    test(`leaves its version, of which some are kept, and its fence to what has been done: ${size} bytes`, async () => {
      await using storage = await open(`parts-${size}`, { keep: { versions: 2 } })
      const value = "x".repeat(size)
      for (let index = 0; index < 2; index++) await storage.save("key", index, { version: true })
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const first = storage.save("key", value, { version: true, fence: 7 })
      await turnedAway
      const newer = storage.save("key", "newer", { ttl: "1h" })
      const { version } = await first
      const { revision } = await newer
      expect(await storage.load("key")).toBe("newer")
      expect(await storage.stat("key")).toMatchObject({
        revision,
        fence: 7,
        expiresAt: expect.any(Date),
      })
      const versions = (await storage.versions("key")).map(({ id }) => id)
      expect(versions).toHaveLength(2)
      expect(versions[1]).toBe(version)
      expect(await storage.load("key", { version: version! })).toBe(value)
      const body = size > 16_384 ? 1 : 0
      expect(await server.ask("KEYS", `{parts-${size}:0}b:*`)).toHaveLength(body)
    })
  }

  const fenced: Record<string, Write> = {
    save: (storage, value) => storage.save("key", value, { fence: 7 }),
    delete: (storage) => storage.delete("key", { fence: 7 }),
  }
  for (const [name, write] of Object.entries(fenced)) {
    test(`keeps its fencing mark, whatever was asked for later: ${name}`, async () => {
      await using storage = await open(`fenced-${name}`)
      await storage.save("key", "oldest")
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const first = write(storage, "older")
      await turnedAway
      await Promise.all([first, storage.save("key", "newer")])
      expect(await storage.load("key")).toBe("newer")
      const late = storage.save("key", "late", { fence: 6 })
      await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_FENCED" })
    })
  }

  test("keeps its fencing mark where a delete was asked for later", async () => {
    await using storage = await open("fenced-deleted")
    await storage.save("key", "oldest")
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const first = storage.save("key", "older", { fence: 7 })
    await turnedAway
    await Promise.all([first, storage.delete("key")])
    expect(await storage.exists("key")).toBe(false)
    const late = storage.save("key", "late", { fence: 6 })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_FENCED" })
  })

  const conditional: Record<string, (storage: RedisStorage, revision: string) => Promise<unknown>> =
    {
      save: (storage, ifRevision) => storage.save("key", "newer", { ifRevision }),
      delete: (storage, ifRevision) => storage.delete("key", { ifRevision }),
    }
  for (const [name, write] of Object.entries(conditional)) {
    test(`takes the place of what was done on the condition that nothing had come between: ${name}`, async () => {
      await using storage = await open(`conditional-${name}`)
      const { revision } = await storage.save("key", "oldest")
      const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
      const first = storage.save("key", "older")
      await turnedAway
      await Promise.all([first, write(storage, revision)])
      expect(await storage.load("key")).toBe("older")
    })
  }

  test("removes the history that it was to remove, but for what was asked for later", async () => {
    await using storage = await open("history")
    for (const size of [10, 30_000]) {
      await storage.save("key", "x".repeat(size), { version: true, backup: true })
    }
    const began = Date.now()
    await until("it is later than that", async () => Date.now() > began)
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const deleting = storage.delete("key", { history: true })
    await turnedAway
    const [{ version }] = await Promise.all([
      storage.save("key", "newer", { version: true }),
      deleting,
    ])
    expect(await storage.load("key")).toBe("newer")
    expect(await storage.backups("key")).toEqual([])
    expect((await storage.versions("key")).map(({ id }) => id)).toEqual([version])
    expect(await storage.load("key", { version: version! })).toBe("newer")
  })

  test("takes the place of what another storage has saved, however much that one has done", async () => {
    await using other = await open("others")
    for (let count = 0; count < 40; count++) await other.save("key", count)
    await using storage = await open("others")
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const saving = storage.save("key", "saved")
    await turnedAway
    await saving
    expect(await other.load("key")).toBe("saved")
  })

  test("is done where a value that was there has expired meanwhile, though that is in the log as a delete", async () => {
    await using storage = await open("expired")
    await storage.save("key", "expiring", { ttl: 1 })
    const turnedAway = turnAwayOnce("r:key", "BUSY Redis is busy running a script.")
    const saving = storage.save("key", "saved")
    await turnedAway
    // Swept, as the index still has it; and a delete makes it look into the log.
    await Promise.all([storage.list(), storage.delete("other"), saving])
    expect(await storage.load("key")).toBe("saved")
  })

  test("lists nothing that has expired, though the keys are read before that is taken out", async () => {
    await using storage = await open("swept")
    await storage.save("brief", 1, { ttl: 1 })
    await until("it has expired", async () => !(await storage.exists("brief")))
    const turnedAway = turnAwayOnce(scriptsFor(false).sweep.sha)
    const listing = storage.list()
    await turnedAway
    expect(await listing).toEqual(["opened"])
  })

  test("is done in order where the server has forgotten its scripts", async () => {
    await using storage = await open("forgotten")
    await server.ask("SCRIPT", "FLUSH")
    // Both are turned away in one answer, though the one travels with others and the other by itself.
    await Promise.all([storage.save("key", "older"), storage.delete("key")])
    expect(await storage.exists("key")).toBe(false)
  })

  test("is done in order where the server has been told again only one of the scripts that it had forgotten", async () => {
    await using storage = await open("told-again")
    await server.ask("SCRIPT", "FLUSH")
    await storage.save("key", "oldest")
    await Promise.all([storage.delete("key"), storage.save("key", "newer")])
    expect(await storage.load("key")).toBe("newer")
    // It has been told all, not only what it was asked for.
    const { sweep } = scriptsFor(false)
    expect(await server.ask("SCRIPT", "EXISTS", sweep.sha)).toEqual([1])
  })

  test("is not done any more once it is aborted", async () => {
    await using storage = await open("aborted")
    const end = new AbortController()
    const turnedAway = turnAwayOnce("r:key")
    const { signal } = end
    const saves = ["key", "alone"].map((key) => storage.save(key, "aborted", { signal }))
    await turnedAway
    end.abort()
    for (const saving of saves) {
      await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    }
    await storage.save("key", "acknowledged")
    // What is turned away later comes later.
    const other = turnAwayOnce("r:other")
    await storage.save("other", 1)
    await other
    expect(await storage.load("key")).toBe("acknowledged")
    expect(await storage.exists("alone")).toBe(false)
  })
})
