import { join } from "node:path"
import { InventoryDatabase } from "./inventory-database.ts"
import type { LockedPackage } from "./lockfile.ts"
import type { Report } from "./report.ts"

/** Stores the packages in SQL tables; then shows that a session that fails changes nothing. */
export async function storeInventory(
  report: Report,
  packages: readonly LockedPackage[],
  directory: string,
): Promise<InventoryDatabase> {
  const database = await report.step(
    "store in SQLite",
    "Store them in SQLite tables, in one session",
    async () => {
      const opened = await InventoryDatabase.open(join(directory, "inventory.db"))
      await opened.replace(packages)
      return { opened, count: await opened.count() }
    },
    ({ count }) => `${count} rows in "packages", committed together with those in "needs".`,
  )
  await report.step(
    "roll back",
    "Delete them all in a session that then fails, on purpose",
    async () => {
      const reason = await database.opened.deleteAndFail().catch((error: Error) => error.message)
      return { reason, count: await database.opened.count() }
    },
    ({ reason, count }) => `Rolled back ("${reason}"): all ${count} rows are still there.`,
  )
  return database.opened
}
