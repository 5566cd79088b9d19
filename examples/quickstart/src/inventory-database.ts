import { DatabaseStorage, type Table } from "@persist/db"
import type { LockedPackage } from "./lockfile.ts"

/** How many packages need one. */
export interface Demand {
  readonly name: string
  readonly dependents: number
}

const packageColumns = { name: { type: "text", index: true }, version: "text" } as const
const needColumns = { package: "text", needed: { type: "text", index: true } } as const

/** The packages of a lockfile in SQL tables. */
export class InventoryDatabase implements AsyncDisposable {
  readonly #database: DatabaseStorage
  readonly #packages: Table<typeof packageColumns, "packages">
  readonly #needs: Table<typeof needColumns, "needs">

  private constructor(
    database: DatabaseStorage,
    packages: Table<typeof packageColumns, "packages">,
    needs: Table<typeof needColumns, "needs">,
  ) {
    this.#database = database
    this.#packages = packages
    this.#needs = needs
  }

  /** Opens a SQLite file; makes it and its tables where they are missing. */
  static async open(path: string): Promise<InventoryDatabase> {
    const database = new DatabaseStorage(`sqlite:${path}`)
    const packages = await database.createTable("packages", packageColumns)
    const needs = await database.createTable("needs", needColumns)
    return new InventoryDatabase(database, packages, needs)
  }

  /** Replaces the whole inventory in one session: all of it is there afterwards, or nothing has changed. */
  async replace(inventory: readonly LockedPackage[]): Promise<void> {
    await this.#database.getSession(async () => {
      await this.#needs.delete({})
      await this.#packages.delete({})
      await this.#packages.insertMany(inventory.map(({ name, version }) => ({ name, version })))
      await this.#needs.insertMany(
        inventory.flatMap(({ name, needs }) => needs.map((needed) => ({ package: name, needed }))),
      )
    })
  }

  /** Deletes every package in a session that then fails. */
  async deleteAndFail(): Promise<never> {
    return this.#database.getSession(async () => {
      await this.#packages.delete({})
      throw new Error(
        `with ${await this.count()} rows left inside the session, we think better of it`,
      )
    })
  }

  async count(): Promise<number> {
    return this.#packages.count()
  }

  /** The packages that most others need. */
  async mostNeeded(limit: number): Promise<Demand[]> {
    const { rows } = await this.#database.executeSql<Demand>(
      `SELECT needed AS name, count(DISTINCT package) AS dependents
       FROM needs GROUP BY needed ORDER BY dependents DESC, name LIMIT :limit`,
      { limit },
    )
    return rows
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close()
  }
}
