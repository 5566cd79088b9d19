import type { Logger } from "@persist/core"
import { invalidOption, kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import { isTooDeep } from "../configs/deepest.ts"
import { isPlainObject } from "../plain-object.ts"
import type { MigrationOptions } from "../schema/migrations.ts"
import type { StandardSchema } from "../schema/standard-schema.ts"
import { assertSchema } from "../schema/validate.ts"
import { type EnvironmentOptions, environmentTypes } from "./environment-layer.ts"
import type { MergePolicies } from "./merge-layers.ts"
import type { SecretKeys } from "./secrets.ts"

/** Options of `openConfig` and `openConfigSync`: the layers, from the weakest to the strongest. */
export interface OpenConfigOptions<Value = unknown> extends MigrationOptions {
  /** Types and validates the merged value, and fills in its defaults; any Standard Schema. */
  readonly schema?: StandardSchema<unknown, Value> | undefined
  /** Values where nothing else is said. */
  readonly defaults?: object | undefined
  /** File for all users. Paths without an extension find `.json`, `.jsonc`, `.yaml`, `.yml` or `.toml`. */
  readonly system?: string | URL | undefined
  /** File of this user. */
  readonly user?: string | URL | undefined
  /** File of this project. */
  readonly project?: string | URL | undefined
  /** Name of the program: takes the platform's usual places for `system` and `user`, `…/<app>/config`. */
  readonly app?: string | undefined
  /** Environment variables, by prefix. @default none */
  readonly environment?: EnvironmentOptions | undefined
  /** `.env` files whose variables count where the environment has none; later ones win. @default none */
  readonly dotenv?: string | URL | readonly (string | URL)[] | undefined
  /** Values over everything, such as command-line flags. */
  readonly overrides?: object | undefined
  /** How layers combine at a dotted path. @default objects merge, everything else replaces */
  readonly policies?: MergePolicies | undefined
  /** Dotted paths whose values are never shown, and are encrypted in files where there are keys. */
  readonly secrets?: readonly string[] | undefined
  /** Keys for the secrets in files. @default none: secrets are written as they are */
  readonly secretKeys?: SecretKeys | undefined
  /** Receives what an operator should know. @default none */
  readonly logger?: Logger | undefined
}

const { anything, logger } = kinds
const check = valuesCheck<OpenConfigOptions>("openConfig", {
  schema: anything,
  version: anything,
  migrate: anything,
  defaults: anything,
  system: anything,
  user: anything,
  project: anything,
  app: anything,
  environment: anything,
  dotenv: anything,
  overrides: anything,
  policies: anything,
  secrets: anything,
  secretKeys: anything,
  logger,
})
const checkSecretKeys = optionsCheck<SecretKeys>("secretKeys", { current: true, keys: true })
const checkEnvironment = optionsCheck<EnvironmentOptions>("environment", {
  prefix: true,
  types: true,
  source: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkConfigOptions(options: OpenConfigOptions): void {
  check(options)
  checkEnvironment(options.environment)
  const { environment, policies = {}, app, secrets, dotenv } = options
  assertSchema(options.schema)
  for (const name of ["defaults", "overrides", "policies", "secretKeys", "migrate"] as const) {
    assertObject(name, options[name])
  }
  for (const name of ["defaults", "overrides"] as const) {
    if (!isTooDeep(options[name])) continue
    throw invalidOption(
      name,
      options[name],
      "an object that neither holds itself nor is thousands of levels deep",
    )
  }
  assertObject("environment.types", environment?.types)
  const source: unknown = environment?.source
  if (source !== undefined && (typeof source !== "object" || source === null)) {
    throw invalidOption("environment.source", source, "an object of variables, as process.env")
  }
  checkSecretKeys(options.secretKeys)
  const { keys } = options.secretKeys ?? { keys: {} }
  if (!isPlainObject(keys))
    throw invalidOption("secretKeys.keys", keys, "an object of keys by their ids")
  for (const name of ["system", "user", "project"] as const) checkPlace(name, options[name])
  for (const place of Array.isArray(dotenv) ? dotenv : [dotenv]) checkPlace("dotenv", place)
  if (app !== undefined && (typeof app !== "string" || !/^(?!\.+$)[^/\\\0:*?"<>|]+$/.test(app))) {
    throw invalidOption("app", app, "the name of one folder, without separators")
  }
  if (secrets !== undefined && !isStrings(secrets)) {
    throw invalidOption("secrets", secrets, "a list of dotted paths")
  }
  for (const [path, type] of Object.entries(environment?.types ?? {})) {
    if (typeof type === "function" || environmentTypes.includes(type)) continue
    throw invalidOption(
      `environment.types["${path}"]`,
      type,
      `${environmentTypes.join(", ")}, or a function`,
    )
  }
  if (environment && (typeof environment.prefix !== "string" || environment.prefix === "")) {
    throw invalidOption("environment.prefix", environment.prefix, 'a name\'s beginning, "APP_"')
  }
  for (const [path, policy] of Object.entries(policies)) {
    if (["merge", "replace", "append"].includes(policy)) continue
    throw invalidOption(`policies["${path}"]`, policy, "merge, replace, append")
  }
}

function assertObject(name: string, given: unknown): void {
  if (given === undefined || isPlainObject(given)) return
  throw invalidOption(name, given, "a plain object")
}

function checkPlace(name: string, place: unknown): void {
  if (place === undefined || isPlace(place)) return
  throw invalidOption(name, place, "a non-empty path or a file: URL")
}

/** Whether a file can be there. */
export function isPlace(place: unknown): place is string | URL {
  if (typeof place === "string") return place !== ""
  return place instanceof URL && place.protocol === "file:"
}

function isStrings(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === "string")
}
