import type { StorageOptions } from "@persist/core"
import { type StorageFaults, storageConformance, TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage, type TableStorage } from "../../src/index.ts"
import type { TestEngine } from "./engines.ts"

function faultsOf(proxy: TcpProxy): StorageFaults {
  return {
    dropReplyOnce: (text) => proxy.dropReplyOnce(text),
    dropRequestOnce: (text) => proxy.dropRequestOnce(text),
    blackHole: () => proxy.blackHole(),
    cut: () => proxy.cut(),
    heal: () => proxy.heal(),
  }
}

/** The storage contract on tables of one database, through a proxy where there is a network to fail. */
export function tableStorageOnServer(engine: TestEngine): void {
  let options: DatabaseOptions
  let database: DatabaseStorage
  let other: DatabaseStorage
  let proxy: TcpProxy | undefined
  let count = 0
  const names = new WeakMap<TableStorage, string>()

  beforeAll(async () => {
    options = await engine.fresh()
    const { connection } = options
    if (engine.isShared && typeof connection === "string") {
      const url = new URL(connection)
      proxy = await TcpProxy.start({ port: Number(url.port) })
      url.port = String(proxy.port)
      database = new DatabaseStorage({ ...options, connection: url.href, timeout: "3s" })
    } else database = new DatabaseStorage(options)
    other = engine.isShared ? new DatabaseStorage(options) : database
  })
  afterAll(async () => {
    await database?.close()
    await other?.close()
    await proxy?.[Symbol.asyncDispose]()
  })

  const open = (from: DatabaseStorage, name: string, given: StorageOptions) => {
    const storage = from.storage(name, given)
    names.set(storage, name)
    return storage
  }

  storageConformance<TableStorage>(
    { describe, test },
    {
      name: `TableStorage on ${engine.name}`,
      open: (given) => open(database, `s${++count}`, given),
      reopen: (storage, given) => open(other, names.get(storage)!, given),
      // One statement, the end of its connection, and a new one that is not opened either.
      ...(engine.isShared && { faults: () => faultsOf(proxy!), deadline: 15_000 }),
      async damage(storage, key, bytes) {
        const name = names.get(storage)!
        await database.executeSql(`update persist_${name} set bytes = :bytes where name = :key`, {
          bytes,
          key: Buffer.from(key),
        })
      },
    },
  )

  test("commits with rows in a session", async () => {
    const states = database.storage("together")
    const failing = database.getSession(async () => {
      await states.save("a", 1, { version: true })
      throw new Error("no")
    })
    await expect(failing).rejects.toThrow("no")
    expect(await states.list()).toEqual([])
    await database.getSession(async () => {
      await states.save("a", 1, { version: true })
      expect(await states.load("a")).toBe(1)
    })
    expect(await states.versions("a")).toHaveLength(1)
  })
}
