import type { Logger } from "@persist/core"
import { PersistError } from "@persist/core/options"
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
 * each value that is wrong, `ERR_PERSIST_MIGRATION` and `ERR_PERSIST_NEWER` (with `version`), `ERR_PERSIST_DECRYPT` and
 * `ERR_PERSIST_UNKNOWN_KEY` (of secrets), `ERR_PERSIST_INVALID_OPTION`, `ERR_PERSIST_IO`. A missing file says nothing.
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
    const { path } = file
    try {
      const upgraded = await upgradeLayerFile(file, sources.fileValues, replace ?? replaceFile)
      files.push(upgraded)
      if (upgraded.text === file.text) continue
      tell(
        options.logger,
        "info",
        `${path} was brought to version ${options.version}; what it was is kept beside it.`,
      )
    } catch (error) {
      if (!isForbidden(error)) throw error
      // As a file for all users is to most of them; it is upgraded in memory.
      files.push(file)
      tell(
        options.logger,
        "warn",
        `${path} is read as version ${options.version}, but cannot be written so: ${error.message}`,
      )
    }
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

function tell(logger: Logger | undefined, level: "info" | "warn", message: string): void {
  try {
    logger?.[level]?.(message)
  } catch {
    // It is done, whatever becomes of the message.
  }
}

/** Whether somebody else alone may write. */
function isForbidden(error: unknown): error is PersistError {
  if (!PersistError.is(error, "ERR_PERSIST_IO")) return false
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
  return code === "EACCES" || code === "EPERM" || code === "EROFS"
}

function open<Value>(options: OpenConfigOptions<Value>): LayerSources {
  checkConfigOptions(options as OpenConfigOptions)
  return new LayerSources(options as OpenConfigOptions)
}
