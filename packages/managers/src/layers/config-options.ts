import type { Logger } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
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
  readonly schema?: StandardSchema<unknown, Value>
  /** Values where nothing else is said. */
  readonly defaults?: object
  /** File for all users. Paths without an extension find `.json`, `.jsonc`, `.yaml`, `.yml` or `.toml`. */
  readonly system?: string | URL
  /** File of this user. */
  readonly user?: string | URL
  /** File of this project. */
  readonly project?: string | URL
  /** Name of the program: takes the platform's usual places for `system` and `user`, `…/<app>/config`. */
  readonly app?: string
  /** Environment variables, by prefix. @default none */
  readonly environment?: EnvironmentOptions
  /** `.env` files whose variables count where the environment has none; later ones win. @default none */
  readonly dotenv?: string | URL | readonly (string | URL)[]
  /** Values over everything, such as command-line flags. */
  readonly overrides?: object
  /** How layers combine at a dotted path. @default objects merge, everything else replaces */
  readonly policies?: MergePolicies
  /** Dotted paths whose values are never shown, and are encrypted in files where there are keys. */
  readonly secrets?: readonly string[]
  /** Keys for the secrets in files. @default none: secrets are written as they are */
  readonly secretKeys?: SecretKeys
  /** Receives what an operator should know. @default none */
  readonly logger?: Logger
}

const check = optionsCheck<OpenConfigOptions>("openConfig", {
  schema: true,
  version: true,
  migrate: true,
  defaults: true,
  system: true,
  user: true,
  project: true,
  app: true,
  environment: true,
  dotenv: true,
  overrides: true,
  policies: true,
  secrets: true,
  secretKeys: true,
  logger: true,
})
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
  for (const name of ["defaults", "overrides", "policies", "secretKeys"] as const) {
    const given: unknown = options[name]
    if (given !== undefined && !isPlainObject(given))
      throw invalidOption(name, given, "a plain object")
  }
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

function checkPlace(name: string, place: unknown): void {
  if (place === undefined || (typeof place === "string" && place !== "")) return
  if (place instanceof URL && place.protocol === "file:") return
  throw invalidOption(name, place, "a non-empty path or a file: URL")
}

function isStrings(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === "string")
}
