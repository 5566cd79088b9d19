import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines(
  "damaged bytes in a TableStorage",
  ({ fresh }) => {
    test("are kept aside once each and ten at most, and are no part of the history", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        await states.save("a", 1, { version: true })
        const [version] = await states.versions("a")
        const aside = async () => {
          const sql = "select id, bytes from persist_states_history where kind = 'damaged'"
          return (await database.executeSql<{ id: string; bytes: Uint8Array }>(sql)).rows
        }
        const loadDamaged = async (text: string) => {
          await database.executeSql("update persist_states set bytes = :bytes", {
            bytes: Buffer.from(text),
          })
          return states.load("a")
        }
        expect(await loadDamaged("{ torn")).toBe(1)
        expect(await loadDamaged("{ torn")).toBe(1)
        const [first, ...others] = await aside()
        expect(Buffer.from(first!.bytes).toString()).toBe("{ torn")
        expect(others).toEqual([])

        expect((await states.versions("a")).map(({ id }) => id)).toEqual([version!.id])
        expect(await states.backups("a")).toEqual([])
        await expect(states.load("a", { version: first!.id })).rejects.toMatchObject({
          code: "ERR_PERSIST_NOT_FOUND",
        })

        for (let count = 2; count <= 12; count++) await loadDamaged(`{ torn ${count}`)
        expect(await aside()).toHaveLength(10)
      }))
  },
  ["memory", "postgres", "mariadb"],
)
