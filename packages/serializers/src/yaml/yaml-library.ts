import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

/** The yaml package, loaded when the first document is read or written. */
export const yamlLibrary: () => typeof import("yaml") = lazyDependency(
  () => {
    const load = createRequire(import.meta.url)
    return load("yaml")
  },
  () => require("yaml"),
)
