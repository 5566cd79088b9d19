import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

const load = createRequire(import.meta.url)

/** The yaml package, loaded when the first document is read or written. */
export const yamlLibrary: () => typeof import("yaml") = lazyDependency(
  () => load("yaml"),
  () => require("yaml"),
)
