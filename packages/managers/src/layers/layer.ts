import type { Position } from "../configs/formats/config-format.ts"
import type { PlainObject } from "../plain-object.ts"

/** One source of configuration values; later ones win over earlier ones. */
export interface Layer {
  /** `"defaults"`, `"system"`, `"user"`, `"project"`, `"environment"` or `"overrides"`. */
  readonly name: LayerName
  readonly values: PlainObject
  /** The file that it was read from. */
  readonly file?: string
  /** Where a value stands in that file. */
  readonly locate?: (path: readonly string[]) => Position | undefined
  /** The environment variable that a value came from. */
  readonly variable?: (path: readonly string[]) => string | undefined
}

/** The layers, from the weakest to the strongest. */
export type LayerName = "defaults" | "system" | "user" | "project" | "environment" | "overrides"

/** Where a value comes from. */
export interface Origin {
  readonly layer: LayerName | "schema"
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
  /** Name of the environment variable. */
  readonly variable?: string
}

/** The origin of the value that `layer` has at `path`. */
export function originOf(layer: Layer, path: readonly string[]): Origin {
  const position = layer.locate?.(path)
  const variable = layer.variable?.(path)
  return {
    layer: layer.name,
    ...(layer.file !== undefined && { file: layer.file }),
    ...(position && { line: position.line, column: position.column }),
    ...(variable !== undefined && { variable }),
  }
}

/** An origin in words: `"app.yaml:3:5"`, `"APP_PORT"` or the layer's name. */
export function originText({ layer, file, line, column, variable }: Origin): string {
  if (variable !== undefined) return variable
  if (file === undefined) return layer
  return line === undefined ? file : `${file}:${line}:${column}`
}
