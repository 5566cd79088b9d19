import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

let directory: string
let database: DatabaseStorage<{ notes: { id: number; text: string } }>

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  database = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
  await database.executeSql("create table notes (id integer primary key, text text not null)")
})

afterEach(async () => {
  await database.close()
  rmSync(directory, { recursive: true })
})

const texts = async () =>
  (await database.executeSql<{ text: string }>("select text from notes order by id")).rows.map(
    ({ text }) => text,
  )
const add = (text: string) =>
  database.executeSql("insert into notes (text) values (:text)", { text })

describe("DatabaseStorage.getSession", () => {
  test("commits when the work returns", async () => {
    const result = await database.getSession(async (session) => {
      await session.executeSql("insert into notes (text) values (?)", ["a"])
      await session.kysely.insertInto("notes").values({ id: 7, text: "b" }).execute()
      return 42
    })
    expect(result).toBe(42)
    expect(await texts()).toEqual(["a", "b"])
  })

  test("rolls back when the work throws, with the error it threw", async () => {
    const error = new Error("no")
    const running = database.getSession(async () => {
      await add("a")
      throw error
    })
    await expect(running).rejects.toBe(error)
    expect(await texts()).toEqual([])
  })

  test("waits longer than any timer can where it is told to", async () => {
    for (const longest of ["30d", Number.POSITIVE_INFINITY] as const) {
      await using patient = new DatabaseStorage({
        connection: `sqlite:${join(directory, "app.db")}`,
        acquireTimeout: longest,
        timeout: longest,
      })
      const first = patient.getSession(
        async (session) => {
          await delay(20)
          await session.executeSql("insert into notes (text) values ('long')")
        },
        { timeout: longest },
      )
      await Promise.all([first, patient.getSession(async () => {})])
      await patient.withLease("jobs", () => delay(5))
    }
    expect(await texts()).toEqual(["long", "long"])
  })

  test("is joined by the database itself and by its Kysely", async () => {
    await database.getSession(async () => {
      await add("a")
      await database.kysely.insertInto("notes").values({ id: 2, text: "b" }).execute()
      expect(await texts()).toEqual(["a", "b"])
      expect(await database.outside(texts)).toEqual([])
    })
  })

  test("nests as a savepoint", async () => {
    await database.getSession(async () => {
      await add("a")
      const nested = database.getSession(async () => {
        await add("b")
        throw new Error("only the nested one")
      })
      await expect(nested).rejects.toThrow("only the nested one")
      await database.getSession(() => add("c"))
      await database.kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto("notes").values({ id: 9, text: "d" }).execute()
      })
    })
    expect(await texts()).toEqual(["a", "c", "d"])
  })

  test("runs nested sessions side by side without mixing them", async () => {
    await database.getSession(async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          database.getSession(async () => {
            await add(`n${index}`)
            await delay(1)
            if (index % 2 === 1) throw new Error("odd")
          }),
        ).concat([add("outer").then(() => {})]),
      )
      expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10)
    })
    const expected = Array.from({ length: 10 }, (_, index) => `n${index * 2}`)
    expect((await texts()).toSorted()).toEqual([...expected, "outer"].toSorted())
  })

  test("keeps its own statements out of a nested one that is undone meanwhile", async () => {
    await database.getSession(async () => {
      const isOpen = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const nested = database.getSession(async () => {
        await add("nested")
        isOpen.resolve()
        await goOn.promise
        throw new Error("no")
      })
      await isOpen.promise
      const adding = add("outer")
      const read: string[] = []
      const reading = (async () => {
        const rows = database.kysely.selectFrom("notes").select("text").stream()
        for await (const { text } of rows) read.push(text)
      })()
      expect(() => database.storage("states").saveSync("a", 1)).toThrow("a session, open for")
      goOn.resolve()
      await expect(nested).rejects.toThrow("no")
      await Promise.all([adding, reading])
      expect(read).toEqual(["outer"])
    })
    expect(await texts()).toEqual(["outer"])
  })

  test("is undone with a nested one that it has not awaited, which then touches nobody else", async () => {
    const isOpen = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    let orphan: Promise<void> | undefined
    let waiting: Promise<unknown> | undefined
    const refused = { code: "ERR_PERSIST_SESSION" }
    const careless = database.getSession(async () => {
      orphan = database.getSession(async () => {
        await add("orphan")
        isOpen.resolve()
        await goOn.promise
        await add("late")
      })
      waiting = add("waits for the nested one")
      for (const left of [orphan, waiting]) left.catch(() => {})
      await isOpen.promise
    })
    await expect(careless).rejects.toMatchObject({
      code: "ERR_PERSIST_SESSION",
      message: expect.stringContaining("nested in it, was still open"),
    })
    await expect(waiting).rejects.toMatchObject(refused)
    await database.getSession(() =>
      database.getSession(async () => {
        await add("kept")
        goOn.resolve()
        await expect(orphan).rejects.toMatchObject(refused)
      }),
    )
    expect(await texts()).toEqual(["kept"])
  })

  test("lets others read what is committed meanwhile, at once", async () => {
    await add("a")
    await database.getSession(async () => {
      await add("b")
      // Before the session ends, so it has not waited for that.
      expect(await database.outside(texts)).toEqual(["a"])
    })
  })

  test("refuses statements after its end, and says what to do", async () => {
    const ended = Promise.withResolvers<void>()
    const late = await database.getSession(async () => ({
      adding: ended.promise.then(() => add("late")),
    }))
    ended.resolve()
    await expect(late.adding).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
    expect(await texts()).toEqual([])
  })

  test("rolls back when its signal is aborted or its time is up", async () => {
    const abort = new AbortController()
    const aborted = database.getSession(
      async () => {
        await add("a")
        abort.abort(new Error("enough"))
        await delay(60_000, undefined, { ref: false })
      },
      { signal: abort.signal },
    )
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    const slow = database.getSession(
      async () => {
        await add("b")
        await delay(60_000, undefined, { ref: false })
      },
      { timeout: 20, name: "slow" },
    )
    await expect(slow).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: expect.stringContaining('"slow"'),
    })
    expect(await texts()).toEqual([])
  })

  test("is rolled back and named when the database closes", async () => {
    const warnings: string[] = []
    const logger = { warn: (message: string) => void warnings.push(message) }
    const other = new DatabaseStorage({ connection: `sqlite:${join(directory, "app.db")}`, logger })
    const open = Promise.withResolvers<void>()
    const running = other.getSession(
      async () => {
        await other.executeSql("insert into notes (text) values ('gone')")
        open.resolve()
        await new Promise(() => {})
      },
      { name: "import" },
    )
    await open.promise
    const failed = expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    await other.close()
    await failed
    expect(warnings).toEqual([expect.stringContaining('session "import"')])
    await expect(other.executeSql("select 1")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    expect(await texts()).toEqual([])
  })

  test("refuses unknown options", async () => {
    const running = database.getSession(async () => {}, { retry: 3 } as never)
    await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
  })

  test("runs again after a stale snapshot when the work allows it", async () => {
    await add("0")
    const other = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
    let attempts = 0
    await database.getSession(
      async () => {
        await texts()
        if (attempts++ === 0) await other.executeSql("update notes set text = 'other'")
        await database.executeSql("update notes set text = text || '+'")
      },
      { mode: "deferred", retries: 2 },
    )
    expect(attempts).toBe(2)
    expect(await texts()).toEqual(["other+"])
    await other.close()
  })

  test("keeps the real error when SQLite gave up the transaction itself", async () => {
    await database.executeSql("create unique index one on notes (text)")
    const running = database.getSession(async () => {
      await add("a")
      const again = database.executeSql("insert or rollback into notes (text) values ('a')")
      await expect(again).rejects.toMatchObject({ code: "ERR_PERSIST_UNIQUE" })
      await add("b")
    })
    await expect(running).rejects.toMatchObject({
      code: "ERR_PERSIST_SESSION",
      cause: { code: "ERR_PERSIST_UNIQUE" },
    })
    expect(await texts()).toEqual([])
  })
})
