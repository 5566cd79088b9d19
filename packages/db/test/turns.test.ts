import { afterEach, beforeEach, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

describeEngines("a loop lets timers and sockets have their turn", (engine) => {
  let database: DatabaseStorage
  beforeEach(async () => {
    database = new DatabaseStorage(await engine.fresh())
  })
  afterEach(() => database?.close())

  /** Whether a timer came in while `work` was done again and again. */
  async function timerComes(work: () => Promise<unknown>): Promise<boolean> {
    let hasCome = false
    setTimeout(() => {
      hasCome = true
    }, 1)
    const start = performance.now()
    while (!hasCome && performance.now() - start < 5_000) await work()
    return hasCome
  }

  test("of statements, tables, sessions and values", async () => {
    const table = await database.createTable("numbers", { number: { type: "integer" } })
    const { id } = await table.insert({ number: 1 })
    const states = database.storage("states")
    await states.save("a", 1)
    for (const work of [
      () => database.executeSql("select 1"),
      () => table.find(id),
      () => table.update({ id }, { number: 2 }),
      () => database.getSession(async () => {}),
      () => states.load("a"),
      () => states.save("a", 2),
    ]) {
      expect(await timerComes(work), work.toString()).toBe(true)
    }
  })

  test("inside one session, too", async () => {
    await database.getSession(async () => {
      expect(await timerComes(() => database.executeSql("select 1"))).toBe(true)
    })
  })

  test("over the rows of a stream", async () => {
    const table = await database.createTable("numbers", { number: { type: "integer" } })
    await table.insertMany(Array.from({ length: 20_000 }, (_, number) => ({ number })))
    const rows = table.stream()[Symbol.asyncIterator]()
    expect(await timerComes(() => rows.next())).toBe(true)
    await rows.return?.()
  })
})

test("a synchronous save gets in between the statements of a loop", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const states = database.storage("states")
  await states.save("a", 0)
  let saved: unknown
  setTimeout(() => {
    try {
      saved = states.saveSync("b", 1)
    } catch (error) {
      saved = error
    }
  }, 1)
  const start = performance.now()
  for (let round = 0; saved === undefined && performance.now() - start < 5_000; round++) {
    await states.save("a", round)
    await database.executeSql("select 1")
    await database.getSession(async () => {})
  }
  expect(saved).toMatchObject({ key: "b" })
})
