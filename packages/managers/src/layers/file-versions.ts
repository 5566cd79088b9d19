import { PersistError } from "@persist/core/options"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { type MigrationOptions, Migrations } from "../schema/migrations.ts"

/** The key that a file's version stands under. */
const versionKey = "_version"

/** Brings the values of configuration files to the current version, in memory. */
export class FileVersions {
  readonly #migrations: Migrations

  constructor(options: MigrationOptions) {
    this.#migrations = new Migrations(options)
  }

  /** Whether a file with these values is to be written again. @throws `ERR_PERSIST_NEWER` */
  isOld(values: PlainObject, path: string): boolean {
    return this.#migrations.isOld(versionOf(values), `The configuration ${path}`)
  }

  /** The values in the current version, which they name. @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_MIGRATION` */
  upgrade(values: PlainObject, path: string): PlainObject {
    if (!this.isOld(values, path)) return values
    const found = versionOf(values)
    const what = `The configuration ${path}`
    const upgraded = this.#migrations.upgradeSync(withoutVersion(values), found, what)
    if (isPlainObject(upgraded)) return { ...upgraded, [versionKey]: this.#migrations.version }
    throw new PersistError("ERR_PERSIST_MIGRATION", `${what}: a step returned no object.`, { path })
  }
}

/** What the program sees: the values without their version. */
export function withoutVersion(values: PlainObject): PlainObject {
  const { [versionKey]: _, ...rest } = values
  return rest
}

/** The version that a file names; undefined in one that names none. */
export function versionOf(values: PlainObject): number | undefined {
  const version = values[versionKey]
  return typeof version === "number" ? version : undefined
}
