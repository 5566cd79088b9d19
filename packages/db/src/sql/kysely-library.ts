import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

/** Kysely, loaded with the first database: importing this package alone shall cost nothing. */
export const kyselyLibrary: () => typeof import("kysely") = lazyDependency(
  () => createRequire(import.meta.url)("kysely"),
  () => require("kysely"),
)
