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
  const database = new InventoryDatabase(join(directory, "inventory.db"))
  await report.step(
    "Store them in SQLite tables, in one session",
    async () => {
      await database.prepare()
      return database.replace(packages)
    },
    (count) => `${count} rows in "packages", committed together with what they need.`,
  )
  await report.step(
    "Delete them all in a session that then fails",
    async () => {
      const reason = await database.deleteAndFail().catch((error: Error) => error.message)
      return { reason, count: await database.count() }
    },
    ({ reason, count }) => `Rolled back (${reason}): ${count} rows are there.`,
  )
  return database
}
