import { PersistError } from "@persist/core/options"
import { applyEdits, type ConfigEdit } from "../configs/plan-update.ts"
import type { PlainObject } from "../plain-object.ts"
import { saidBy } from "../schema/said-by.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import { fileLayer, type LayerFile } from "./file-layer.ts"
import { FileVersions } from "./file-versions.ts"
import { quotes, quotesSecret } from "./masking.ts"
import { valueAt } from "./merge-layers.ts"
import { resealed, sealedValues } from "./reseal-secrets.ts"
import { insideSecret, opened, openSecrets, SecretBox, sealSecrets } from "./secrets.ts"

/** A change of what a file has, secrets encrypted. */
export interface StoredEdit extends ConfigEdit {
  readonly path: readonly string[]
}

/**
 * What stands in configuration files: of an old version, and encrypted in parts. The steps of an upgrade
 * see secrets as they are, and may move them.
 */
export class FileValues {
  readonly versions: FileVersions
  /** Opens and seals secrets; undefined when no keys were given. */
  readonly box: SecretBox | undefined
  readonly #secrets: readonly string[]

  constructor(options: OpenConfigOptions) {
    this.versions = new FileVersions(options)
    this.box = options.secretKeys && new SecretBox(options.secretKeys)
    this.#secrets = options.secrets ?? []
  }

  /** `values` of the file at `path` as the program sees them. @throws As `stored`. */
  opened(values: PlainObject, path: string): PlainObject {
    // A file of a newer program is that first, whatever its secrets are encrypted with.
    this.versions.isOld(values, path)
    return this.versions.shown(this.#upgraded(values, path))
  }

  /**
   * The values for a file, in the current version, with its secrets encrypted: `values` themselves where nothing is old.
   *
   * @param values What stands in the file now, if that is known: saves parsing it.
   * @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_MIGRATION`, `ERR_PERSIST_UNKNOWN_KEY`, `ERR_PERSIST_DECRYPT`
   */
  stored(file: LayerFile, values: PlainObject | undefined = fileLayer(file)?.values): PlainObject {
    if (values === undefined) return this.versions.fresh
    if (!this.versions.isOld(values, file.path)) return values
    const upgraded = this.#upgraded(values, file.path)
    return this.box ? resealed(upgraded, values, this.box, this.#secrets) : upgraded
  }

  /** Steps see secrets, and what they throw may quote one: then nobody is told what they said. */
  #upgraded(values: PlainObject, path: string): PlainObject {
    const opened = openSecrets(values, this.box)
    try {
      return this.versions.upgrade(opened, path)
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_MIGRATION")) throw error
      const { details } = error
      const said = saidBy(error)
      // What is encrypted is a secret wherever it stood in the old version.
      const sealed = this.box === undefined ? [] : sealedValues(values, this.box)
      if (!quotes(said, sealed) && !quotesSecret(said, opened, this.#secrets)) throw error
      const what = `The configuration ${path} could not be upgraded: a step threw, and quoted a secret.`
      throw new PersistError(error.code, `${what} It stays as it is.`, { path, details })
    }
  }

  /** `stored` after an edit that gives values other places: each secret is bound to its own. */
  resealed(stored: PlainObject, edit: ConfigEdit): PlainObject {
    const after = applyEdits(openSecrets(stored, this.box), [edit])
    return this.box ? resealed(after, stored, this.box, this.#secrets) : after
  }

  /**
   * What to put where for `value` to be read at `path`: secrets are encrypted.
   *
   * @param stored What stands in the file; asked for with keys alone.
   * @param isRotated What stands there now is meant, all of it a secret, not `value`: nobody else's change is lost.
   */
  sealed(
    stored: () => PlainObject,
    path: readonly string[],
    value: unknown,
    isRotated: boolean,
  ): StoredEdit {
    if (this.box === undefined) return { path, value }
    const dotted = path.join(".")
    const values = stored()
    if (isRotated) {
      const now = opened(valueAt(values, path).value, dotted, this.box)
      return { path, value: sealSecrets(now, dotted, this.box, [dotted]) }
    }
    const around = insideSecret(values, path, value, this.box)
    return around ?? { path, value: sealSecrets(value, dotted, this.box, this.#secrets) }
  }
}
