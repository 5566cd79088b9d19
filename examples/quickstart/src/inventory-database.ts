import { DatabaseStorage } from "@persist/db"
import type { LockedPackage } from "./lockfile.ts"

/** How many other packages need one. */
export interface Demand {
  readonly name: string
  readonly dependents: number
}

/** The packages of a lockfile in SQL tables. */
export class InventoryDatabase implements AsyncDisposable {
  readonly #database: DatabaseStorage

  constructor(path: string) {
    this.#database = new DatabaseStorage(`sqlite:${path}`)
  }

  /** Makes the tables where they are missing. */
  async prepare(): Promise<void> {
    await this.#database.createTable("packages", { name: "text", version: "text" })
    await this.#database.createTable("needs", { package: "text", needed: "text" })
  }

  /** Replaces the whole inventory in one session: all of it is there afterwards, or none. */
  async replace(packages: readonly LockedPackage[]): Promise<number> {
    await this.#database.getSession(async (session) => {
      await session.executeSql("DELETE FROM needs")
      await session.executeSql("DELETE FROM packages")
      for (const { name, version, needs } of packages) {
        await session.executeSql`INSERT INTO packages (name, version) VALUES (${name}, ${version})`
        for (const id of needs) {
          const needed = id.slice(0, id.lastIndexOf("@"))
          await session.executeSql`INSERT INTO needs (package, needed) VALUES (${name}, ${needed})`
        }
      }
    })
    return this.count()
  }

  /** Deletes everything in a session that then fails. */
  async deleteAndFail(): Promise<never> {
    return this.#database.getSession(async (session) => {
      await session.executeSql("DELETE FROM packages")
      const { rows } = await session.executeSql<{ left: number }>(
        "SELECT count(*) AS left FROM packages",
      )
      throw new Error(`a change of mind, with ${rows[0]?.left} packages left inside the session`)
    })
  }

  async count(): Promise<number> {
    const { rows } = await this.#database.executeSql<{ count: number }>(
      "SELECT count(*) AS count FROM packages",
    )
    return rows[0]!.count
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
