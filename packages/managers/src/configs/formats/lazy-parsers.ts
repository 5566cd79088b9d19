import { createRequire } from "node:module"
import { lazyDependency } from "@persist/core/options"

// Each parser is loaded on first use, which programs with JSON alone never have. The name stands where webpack finds it.

export const yamlParser: () => typeof import("yaml") = lazyDependency(
  () => createRequire(import.meta.url)("yaml"),
  () => require("yaml"),
)

export const tomlParser: () => typeof import("toml-eslint-parser") = lazyDependency(
  () => createRequire(import.meta.url)("toml-eslint-parser"),
  () => require("toml-eslint-parser"),
)

export const jsoncParser: () => typeof import("jsonc-parser") = lazyDependency(
  () => createRequire(import.meta.url)("jsonc-parser"),
  // What it has as CommonJS looks for its parts in a way that bundlers cannot follow.
  () => require("jsonc-parser/lib/esm/main.js"),
)
