import { fileURLToPath } from "node:url"
import { parseEnv } from "node:util"
import { withoutBom } from "../configs/formats/decode-error.ts"
import type { PlainObject } from "../plain-object.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import { environmentLayer, type VariableTypes } from "./environment-layer.ts"
import { fileLayer, type LayerFile, readLayerFile, readText } from "./file-layer.ts"
import { FileVersions, withoutVersion } from "./file-versions.ts"
import type { Layer, LayerName } from "./layer.ts"
import { defaultTypes, schemaTypes } from "./schema-types.ts"
import { openSecrets, SecretBox } from "./secrets.ts"
import { usualPlaces } from "./usual-places.ts"

/** The sources that a configuration is read from, again and again. */
export class LayerSources {
  readonly #options: OpenConfigOptions
  readonly #types: Readonly<Record<string, VariableTypes>>
  readonly #places: readonly (readonly [LayerName, string | URL])[]

  /** Opens and seals secrets; undefined when no keys were given. */
  readonly box: SecretBox | undefined
  readonly versions: FileVersions

  constructor(options: OpenConfigOptions) {
    this.#options = options
    const { version, migrate } = options
    this.versions = new FileVersions({
      ...(version !== undefined && { version }),
      ...(migrate && { migrate }),
    })
    this.box = options.secretKeys && new SecretBox(options.secretKeys)
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
    return this.#places.map(([layer, place]) => readLayerFile(layer, place))
  }

  /** All layers, from the weakest to the strongest. */
  layers(files: readonly LayerFile[]): Layer[] {
    const { defaults, overrides, environment } = this.#options
    const fileLayers = files.map((file) => {
      const layer = fileLayer(file)
      if (layer === undefined) return undefined
      const upgraded = this.versions.upgrade(layer.values, file.path)
      // Where there are no versions the name is one like any other.
      const values = this.#options.version === undefined ? upgraded : withoutVersion(upgraded)
      return { ...layer, values: openSecrets(values, this.box) }
    })
    const layers: (Layer | undefined)[] = [
      defaults && { name: "defaults", values: defaults as PlainObject },
      ...fileLayers,
      environment && environmentLayer(environment, this.#types, this.#dotenv()),
      overrides && { name: "overrides", values: overrides as PlainObject },
    ]
    return layers.filter((layer) => layer !== undefined)
  }

  #dotenv(): Map<string, string> {
    const { dotenv = [] } = this.#options
    const files = typeof dotenv === "string" || dotenv instanceof URL ? [dotenv] : dotenv
    return new Map(files.flatMap((file) => Object.entries(parseEnv(readEnv(file)) as object)))
  }
}

function readEnv(file: string | URL): string {
  return withoutBom(readText(typeof file === "string" ? file : fileURLToPath(file)) ?? "")
}
