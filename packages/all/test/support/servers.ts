import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres } from "../../../db/test/support/start-postgres.ts"
import { missingRedis, startRedis } from "../../../redis/test/support/redis-process.ts"
import { DatabaseStorage } from "../../src/index.ts"

/** Makes URLs of empty storages, each on another engine; starts the servers that they need. */
export class Engines {
  readonly #folder = mkdtempSync(join(tmpdir(), "persist-all-"))
  #count = 0
  #postgres: ReturnType<typeof startPostgres> | undefined
  #redis: ReturnType<typeof startRedis> | undefined

  readonly #makers = {
    file: async () => `file:${join(this.#folder, `files-${++this.#count}`)}`,
    sqlite: async () => `sqlite:${join(this.#folder, `${++this.#count}.db`)}`,
    postgres: async () => {
      this.#postgres ??= startPostgres()
      const server = await this.#postgres
      if (server === undefined) return undefined
      const schema = `test_${++this.#count}`
      await using admin = new DatabaseStorage(server.url)
      await admin.executeSql(`create schema ${schema}`)
      return `${server.url}?options=-csearch_path%3D${schema}`
    },
    redis: async () => {
      if (missingRedis !== undefined) return undefined
      this.#redis ??= startRedis()
      const server = await this.#redis
      await server.ask("FLUSHALL")
      return server.url
    },
  } as const

  /** The URL of an empty storage; `undefined` where the engine is not installed. */
  fresh(name: EngineName): Promise<string | undefined> {
    return this.#makers[name]()
  }

  async stop(): Promise<void> {
    await Promise.all([(await this.#postgres)?.stop(), (await this.#redis)?.stop()])
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export type EngineName = "file" | "sqlite" | "postgres" | "redis"
