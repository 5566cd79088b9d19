import { PersistError } from "@persist/core/options"
import { withoutUndefined } from "../configs/plan-update.ts"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { type MigrationOptions, Migrations } from "../schema/migrations.ts"

/** The key that a file's version stands under. */
const versionKey = "_version"

/** Brings the values of configuration files to the current version, in memory. */
export class FileVersions {
  readonly #migrations: Migrations

  constructor({ version, migrate }: MigrationOptions) {
    this.#migrations = new Migrations({
      ...(version !== undefined && { version }),
      ...(migrate && { migrate }),
    })
  }

  /** What a file that is not there yet begins with. */
  get fresh(): PlainObject {
    const { version } = this.#migrations
    return version === undefined ? {} : { [versionKey]: version }
  }

  /** Whether a file with these values is to be written again. @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_DECODE` */
  isOld(values: PlainObject, path: string): boolean {
    if (this.#migrations.version === undefined) return false
    return this.#migrations.isOld(versionOf(values, path), `The configuration ${path}`)
  }

  /** The values in the current version, which they name. @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_MIGRATION` */
  upgrade(values: PlainObject, path: string): PlainObject {
    if (!this.isOld(values, path)) return values
    const what = `The configuration ${path}`
    const found = versionOf(values, path)
    const upgraded = this.#migrations.upgradeSync(withoutVersion(values), found, what)
    if (isPlainObject(upgraded)) {
      return { ...(withoutUndefined(upgraded) as PlainObject), ...this.fresh }
    }
    throw new PersistError("ERR_PERSIST_MIGRATION", `${what}: a step returned no object.`, { path })
  }

  /** What the program sees: where there are no versions the name is one like any other. */
  shown(values: PlainObject): PlainObject {
    return this.#migrations.version === undefined ? values : withoutVersion(values)
  }
}

function withoutVersion(values: PlainObject): PlainObject {
  const { [versionKey]: _, ...rest } = values
  return rest
}

/** The version that a file names; undefined in one that names none. @throws `ERR_PERSIST_DECODE` for what is no version. */
export function versionOf(values: PlainObject, path: string): number | undefined {
  const version = values[versionKey]
  if (version === undefined || (Number.isSafeInteger(version) && Number(version) >= 0)) {
    return version as number | undefined
  }
  throw new PersistError(
    "ERR_PERSIST_DECODE",
    `${path}: "${versionKey}" is ${JSON.stringify(String(version))}, which is no version; give the whole number that the file had. It stays as it is.`,
    { path },
  )
}
