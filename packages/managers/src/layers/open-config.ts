import type { PlainObject } from "../plain-object.ts"
import { Config } from "./config.ts"
import { checkConfigOptions, type OpenConfigOptions } from "./config-options.ts"
import type { ReplaceLayer } from "./edit-layer.ts"
import type { LayerFile } from "./file-layer.ts"
import { LayerSources } from "./layer-sources.ts"
import { loadConfig, loadConfigSync, sameFiles } from "./load-config.ts"

/**
 * Reads a configuration from its layers: defaults < system < user < project < environment < overrides.
 *
 * @throws `ERR_PERSIST_DECODE` with file, line and column, `ERR_PERSIST_VALIDATION` with the origin of
 * each value that is wrong, `ERR_PERSIST_MIGRATION` and `ERR_PERSIST_NEWER` (with `version`), `ERR_PERSIST_INVALID_OPTION`, `ERR_PERSIST_IO`. A missing file says nothing.
 */
export async function openConfig<Value = PlainObject>(
  options: OpenConfigOptions<Value> = {},
): Promise<Config<Value>> {
  return openConfigWith(options, undefined)
}

/** `openConfig` for files that are replaced in a way of their own. */
export async function openConfigWith<Value>(
  options: OpenConfigOptions<Value>,
  replace: ReplaceLayer | undefined,
): Promise<Config<Value>> {
  const sources = open(options)
  const loaded = await loadConfig(options, sources, sources.files())
  if (options.version === undefined) return new Config(options, sources, loaded, replace)
  // Only now that everything is known to be valid, files of an old version are written in the current one.
  const { replaceFile, upgradeLayerFile } = await import("./edit-layer.ts")
  const files: LayerFile[] = []
  for (const file of loaded.files) {
    const upgraded = await upgradeLayerFile(file, sources.fileValues, replace ?? replaceFile)
    if (upgraded.text !== file.text) tellOfUpgrade(options as OpenConfigOptions, upgraded.path)
    files.push(upgraded)
  }
  // Where values stand, and what others wrote meanwhile, is in the new texts.
  const isSame = sameFiles(loaded.files, files)
  const upgraded = isSame ? loaded : await loadConfig(options, sources, files)
  return new Config(options, sources, upgraded, replace)
}

/**
 * `openConfig` for programs that need it before anything else. Old versions are upgraded in memory,
 * and written by the next `set` or `openConfig`.
 *
 * @throws Also for a schema that answers with a promise.
 */
export function openConfigSync<Value = PlainObject>(
  options: OpenConfigOptions<Value> = {},
): Config<Value> {
  const sources = open(options)
  return new Config(options, sources, loadConfigSync(options, sources, sources.files()))
}

function tellOfUpgrade({ logger, version }: OpenConfigOptions, path: string): void {
  try {
    logger?.info?.(`${path} was brought to version ${version}; what it was is kept beside it.`)
  } catch {
    // It is done, whatever becomes of the message.
  }
}

function open<Value>(options: OpenConfigOptions<Value>): LayerSources {
  checkConfigOptions(options as OpenConfigOptions)
  return new LayerSources(options as OpenConfigOptions)
}
