import { leaseConformance } from "@persist/core/conformance"
import { describe, test } from "vitest"
import { openEngine } from "../src/engines/open-engine.ts"
import type { DatabaseOptions } from "../src/index.ts"
import { TableLeaseStore } from "../src/lease/table-lease-store.ts"
import { readDatabaseOptions } from "../src/options.ts"
import { Sessions } from "../src/session/sessions.ts"
import { DatabaseAccess } from "../src/storage/database-access.ts"
import { describeEngines } from "./support/engines.ts"

/** The leases of a database, without the storage around them. */
function leasesOf(options: DatabaseOptions) {
  const engine = openEngine(readDatabaseOptions(options))
  const access = new DatabaseAccess(engine, new Sessions(engine), { isAwaited: false })
  const store = new TableLeaseStore(engine.name, access, 10_000)
  return {
    store,
    // To the leases it is the same whether the clock goes on or their ends come nearer.
    async advance(milliseconds: number) {
      await access.execute(
        `update persist_leases set expires_at = expires_at - ${milliseconds}`,
        [],
      )
    },
    close: () => engine.close(),
  }
}

describeEngines("Leases", (engine) => {
  leaseConformance(
    { describe, test },
    {
      name: `the leases of DatabaseStorage on ${engine.name}`,
      async open() {
        const options = await engine.fresh()
        const one = leasesOf(options)
        if (!engine.isShared) return one
        const other = leasesOf(options)
        const close = async () => {
          await one.close()
          await other.close()
        }
        return { ...one, other: other.store, close }
      },
    },
  )
})
