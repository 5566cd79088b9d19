import type { TestProject } from "vitest/node"
import { startMariadb } from "./start-mariadb.ts"
import { startPostgres } from "./start-postgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the shared server, or why there is none. */
    postgres: { readonly url?: string; readonly missing?: string }
    mariadb: { readonly url?: string; readonly missing?: string }
  }
}

/** Starts one server of each kind for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
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
  }
}
