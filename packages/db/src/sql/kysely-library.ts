import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

const load = createRequire(import.meta.url)

/** Kysely, loaded with the first database: importing this package alone shall cost nothing. */
export const kyselyLibrary: () => typeof import("kysely") = lazyDependency(
  () => load("kysely"),
  () => require("kysely"),
)
