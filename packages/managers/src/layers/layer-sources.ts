import { fileURLToPath } from "node:url"
import { withoutBom } from "../configs/formats/decode-error.ts"
import type { PlainObject } from "../plain-object.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import { parseDotenv } from "./dotenv-text.ts"
import { environmentLayer, type VariableTypes } from "./environment-layer.ts"
import {
  fileLayer,
  type LayerFile,
  readLayerFile,
  readText,
  type SourceFile,
} from "./file-layer.ts"
import { FileValues } from "./file-values.ts"
import type { Layer, LayerName } from "./layer.ts"
import { defaultTypes, schemaTypes } from "./schema-types.ts"
import { usualPlaces } from "./usual-places.ts"

/** The sources that a configuration is read from, again and again. */
export class LayerSources {
  readonly #options: OpenConfigOptions
  readonly #types: Readonly<Record<string, VariableTypes>>
  readonly #places: readonly (readonly [LayerName, string | URL])[]

  readonly fileValues: FileValues

  constructor(options: OpenConfigOptions) {
    this.#options = options
    this.fileValues = new FileValues(options)
    this.#types = {
      ...defaultTypes(options.defaults),
      ...schemaTypes(options.schema),
      ...options.environment?.types,
    }
    const usual = options.app === undefined ? undefined : usualPlaces(options.app)
    const { system = usual?.system, user = usual?.user, project } = options
    this.#places = Object.entries({ system, user, project }).flatMap(([name, place]) =>
      place === undefined ? [] : [[name as LayerName, place] as const],
    )
  }

  /** The files of the layers as they are now. */
  files(): LayerFile[] {
    return this.#places.map(([layer, place]) =>
      readLayerFile(layer, place, this.#options[layer] !== undefined),
    )
  }

  /** The `.env` files as they are now; none where no variables are read. */
  dotenv(): SourceFile[] {
    const { dotenv = [], environment } = this.#options
    if (environment === undefined) return []
    const places = typeof dotenv === "string" || dotenv instanceof URL ? [dotenv] : dotenv
    return places.map((place) => {
      const path = typeof place === "string" ? place : fileURLToPath(place)
      return { path, text: readText(path) }
    })
  }

  /** All layers, from the weakest to the strongest. */
  layers(files: readonly LayerFile[], dotenv: readonly SourceFile[]): Layer[] {
    const { defaults, overrides, environment, secrets } = this.#options
    const fileLayers = files.map((file) => {
      const layer = fileLayer(file)
      return layer && { ...layer, values: this.fileValues.opened(layer.values, file.path) }
    })
    const layers: (Layer | undefined)[] = [
      defaults && { name: "defaults", values: defaults as PlainObject },
      ...fileLayers,
      environment && environmentLayer(environment, this.#types, variablesOf(dotenv), secrets),
      overrides && { name: "overrides", values: overrides as PlainObject },
    ]
    return layers.filter((layer) => layer !== undefined)
  }
}

function variablesOf(files: readonly SourceFile[]): Map<string, string> {
  return new Map(files.flatMap(({ text = "" }) => [...parseDotenv(withoutBom(text))]))
}
