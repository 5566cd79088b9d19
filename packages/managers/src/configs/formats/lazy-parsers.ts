import { createRequire } from "node:module"

const require = createRequire(import.meta.url)

/** The YAML parser; loaded on first use, which programs with JSON alone never have. */
export function yamlParser(): typeof import("yaml") {
  return require("yaml")
}

/** The TOML parser, likewise. */
export function tomlParser(): typeof import("toml-eslint-parser") {
  return require("toml-eslint-parser")
}

/** The JSONC parser, likewise. */
export function jsoncParser(): typeof import("jsonc-parser") {
  return require("jsonc-parser")
}
