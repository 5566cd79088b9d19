import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

/** Kysely, loaded with the first database: importing this package alone shall cost nothing. */
export const kyselyLibrary: () => typeof import("kysely") = lazyDependency(
  () => {
    const load = createRequire(import.meta.url)
    return load("kysely")
  },
  () => require("kysely"),
  () => process.getBuiltinModule("node:module").createRequire(import.meta.url)("kysely"),
)
