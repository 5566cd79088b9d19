import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { startMariadb } from "./start-mariadb.ts"
import { startPostgres } from "./start-postgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Folder for the files of SQLite, removed in the end. */
    directory: string
    /** Address of the shared server, or why there is none. */
    postgres: { readonly url?: string; readonly missing?: string }
    mariadb: { readonly url?: string; readonly missing?: string }
  }
}

/** Starts one server of each kind for all test files, and gives them a folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  project.provide("directory", directory)
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  project.provide(
    "postgres",
    postgres
      ? { url: postgres.url }
      : { missing: "PostgreSQL is missing: apt-get install postgresql" },
  )
  project.provide(
    "mariadb",
    mariadb
      ? { url: mariadb.url }
      : { missing: "MariaDB is missing: apt-get install mariadb-server" },
  )
  return async () => {
    await Promise.all([postgres?.stop(), mariadb?.stop()])
    rmSync(directory, { recursive: true, force: true })
  }
}
