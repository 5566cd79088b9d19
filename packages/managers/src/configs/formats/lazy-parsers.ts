import { createRequire } from "node:module"

// Each parser is loaded on first use, which programs with JSON alone never have. `load` finds it where it is
// installed; the plain `require`, which Node's modules do not have, is for bundlers: they put the parser in its place.

const load = createRequire(import.meta.url)
type Yaml = typeof import("yaml")
type Toml = typeof import("toml-eslint-parser")
type Jsonc = typeof import("jsonc-parser")
let yaml: Yaml | undefined
let toml: Toml | undefined
let jsonc: Jsonc | undefined

export function yamlParser(): Yaml {
  yaml ??= either<Yaml>(
    () => load("yaml"),
    () => require("yaml"),
  )
  return yaml
}

export function tomlParser(): Toml {
  toml ??= either<Toml>(
    () => load("toml-eslint-parser"),
    () => require("toml-eslint-parser"),
  )
  return toml
}

export function jsoncParser(): Jsonc {
  // What it has as CommonJS looks for its parts in a way that bundlers cannot follow.
  jsonc ??= either<Jsonc>(
    () => load("jsonc-parser"),
    () => require("jsonc-parser/lib/esm/main.js"),
  )
  return jsonc
}

function either<T>(installed: () => T, bundled: () => T): T {
  try {
    return installed()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error
  }
  return bundled()
}
