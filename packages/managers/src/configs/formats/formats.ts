import type { ConfigFormat, ConfigFormatName } from "./config-format.ts"
import { jsoncFormat, jsonFormat } from "./json-format.ts"
import { tomlFormat } from "./toml-format.ts"
import { yamlFormat } from "./yaml-format.ts"

/** Every format by its name. */
export const configFormats: Readonly<Record<ConfigFormatName, ConfigFormat>> = Object.freeze({
  json: jsonFormat,
  jsonc: jsoncFormat,
  yaml: yamlFormat,
  toml: tomlFormat,
})

const byExtension: ReadonlyMap<string, ConfigFormat> = new Map(
  Object.values(configFormats).flatMap((format) =>
    format.extensions.map((extension) => [extension, format] as const),
  ),
)

/** The format of files with `extension` (dot included). */
export function formatOf(extension: string): ConfigFormat | undefined {
  return byExtension.get(extension)
}

/** Every extension, in the order in which a file is looked for. */
export const formatExtensions: readonly string[] = [...byExtension.keys()]
