import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

// Each parser is loaded on first use, which programs with JSON alone never have.

export const yamlParser: () => typeof import("yaml") = lazyDependency(
  () => {
    const load = createRequire(import.meta.url)
    return load("yaml")
  },
  () => require("yaml"),
)

export const tomlParser: () => typeof import("toml-eslint-parser") = lazyDependency(
  () => {
    const load = createRequire(import.meta.url)
    return load("toml-eslint-parser")
  },
  () => require("toml-eslint-parser"),
  () =>
    process.getBuiltinModule("node:module").createRequire(import.meta.url)("toml-eslint-parser"),
)

export const jsoncParser: () => typeof import("jsonc-parser") = lazyDependency(
  () => {
    const load = createRequire(import.meta.url)
    return load("jsonc-parser")
  },
  // What it has as CommonJS looks for its parts in a way that bundlers cannot follow.
  () => require("jsonc-parser/lib/esm/main.js"),
)
