import { PersistError } from "@persist/core/options"
import {
  applyEdits,
  type ConfigEdit,
  copyOf,
  planUpdate,
  withoutUndefined,
} from "../configs/plan-update.ts"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import type { ConfigChange } from "./config-watcher.ts"
import type { CurrentConfig } from "./current-config.ts"
import { type NamedPath, splitPath } from "./dotted-path.ts"
import type { ReplaceLayer } from "./edit-layer.ts"
import type { LayerFile, SourceFile } from "./file-layer.ts"
import type { StoredEdit } from "./file-values.ts"
import type { LayerName } from "./layer.ts"
import { fileNews, loadConfig, sameFiles } from "./load-config.ts"
import { isBelow } from "./masking.ts"
import { mergeLayers, valueAt } from "./merge-layers.ts"
import { oldSecrets, openSecrets } from "./secrets.ts"
import { Gap } from "./settling.ts"
import { withoutVainRemovals } from "./without-vain-removals.ts"

/** Changes the files of a configuration, and takes what they make then. */
export class ConfigEdits<Value> {
  readonly #current: CurrentConfig<Value>
  readonly #replace: ReplaceLayer | undefined

  constructor(current: CurrentConfig<Value>, replace: ReplaceLayer | undefined) {
    this.#current = current
    this.#replace = replace
  }

  /** Encrypts again what stands under an old key, or as it is. @returns The paths. */
  async rotate(layer: LayerName | undefined): Promise<string[]> {
    const { options, sources } = this.#current
    const { fileValues } = sources
    const { box } = fileValues
    if (box === undefined) throw invalid('There are no "secretKeys" to rotate secrets with.')
    await this.#upgrade(layer)
    const stored = fileValues.stored(this.#file(sources.files(), layer))
    const old = oldSecrets(stored, box, options.secrets)
    await this.#make(() => old.map((path) => ({ path, value: undefined })), layer, true)
    return old.map((path) => path.join("."))
  }

  /** Writes a file in the current version, which `openConfigSync` has left as it was. */
  #upgrade(layer: LayerName | undefined): Promise<void> {
    const { sources } = this.#current
    return this.#current.inTurn(async () => {
      const { replaceFile, upgradeLayerFile } = await import("./edit-layer.ts")
      const file = this.#file(sources.files(), layer)
      const replace = this.#replace ?? replaceFile
      const { text } = await upgradeLayerFile(file, sources.fileValues, replace)
      if (text !== file.text) await this.#current.reload()
    })
  }

  /** Sets what is at `path`, or removes it where `value` is undefined. */
  edit(
    path: string | NamedPath,
    value: unknown,
    layer: LayerName | undefined,
    isRotated = false,
  ): Promise<void> {
    // Now: its owner may go on to change it.
    const edits = [{ path: splitPath(path), value: withoutUndefined(value) }]
    return this.#make(() => edits, layer, isRotated)
  }

  /** Merges `values` into what a file has; `undefined` removes. */
  update(values: unknown, layer: LayerName | undefined): Promise<void> {
    if (!isPlainObject(values)) throw invalid("The values to update are no plain object.")
    const meant = copyOf(values)
    const { box } = this.#current.sources.fileValues
    return this.#make((stored) => {
      const current = openSecrets(stored(), box)
      return planUpdate(current, withoutVainRemovals(meant, current), "deep")
    }, layer)
  }

  #make(plan: PlanEdits, layer: LayerName | undefined, isRotated = false): Promise<void> {
    return this.#current.inTurn(async () => {
      // Loaded here so that programs that only read never load what writes.
      const { editLayerText, hideFile, overtaken, replaceFile, untilUndisturbed } = await import(
        "./edit-layer.ts"
      )
      const writing = { editLayerText, overtaken, replace: this.#replace ?? replaceFile }
      const { path: file } = this.#file(this.#current.sources.files(), layer)
      const gap = new Gap()
      const hides = await untilUndisturbed(file, () =>
        this.#makeOnce(writing, gap, plan, layer, isRotated),
      )
      const written = this.#file(this.#current.loaded.files, layer)
      if (hides && written.text !== undefined) await hideFile(written)
    })
  }

  /** @returns Whether there are secrets in what was meant. @throws `ERR_PERSIST_CONFLICT` when somebody else changed the file meanwhile. */
  async #makeOnce(
    { editLayerText, overtaken, replace }: Writing,
    gap: Gap,
    plan: PlanEdits,
    layer: LayerName | undefined,
    isRotated: boolean,
  ): Promise<boolean> {
    const { options, sources, loaded: before } = this.#current
    const files = sources.files()
    const file = this.#file(files, layer)
    if (!gap.isOver(fileNews([this.#file(before.files, layer)], [file]))) {
      throw overtaken(file.path)
    }
    const { fileValues } = sources
    const edits = plan(() => fileValues.stored(file))
    const paths = edits.map(({ path }) => path.join("."))
    const hides = isRotated || paths.some((path) => this.#isSecret(path))
    const isDeep = edits.some(({ path, value }) => value !== undefined && path.length > 1)
    // Not what a schema made of it: that may be a list where the layers have objects.
    const isMade = options.schema && isDeep
    const merged = isMade ? mergeLayers(before.layers, options.policies ?? {}) : before.value
    let values: PlainObject | undefined
    const read = () => (values ??= fileValues.stored(file))
    const made = new Map<string, StoredEdit>()
    for (const { path, value } of edits) {
      const names = path.map(String)
      if (value !== undefined && names.length > 1) assertNoOthersList(names, merged, read)
      const edit = fileValues.sealed(read, names, value, isRotated)
      // Several that lie inside one secret make one of it, of which each has those before it.
      if (edits.length > 1 && edit.path.length < names.length) values = applyEdits(read(), [edit])
      made.set(JSON.stringify(edit.path), edit)
    }
    // What removes nothing must not make a file, or touch it.
    const isNothing = file.text === undefined && edits.every(({ value }) => value === undefined)
    const isMeant = edits.length > 0 && !isNothing
    const text = isMeant ? editLayerText(file, fileValues, [...made.values()]) : file.text
    const isSame = text === undefined || text === file.text
    const others = this.#withoutGaps(files, before.files)
    const next = isSame ? others : others.with(files.indexOf(file), { ...file, text })
    const dotenv = this.#withoutGaps(sources.dotenv(), before.dotenv)
    const loaded = await loadConfig(options, sources, next, dotenv)
    if (!isSame) await replace(file, text, hides)
    const isAlone = sameFiles(before.files, files) && sameFiles(before.dotenv, loaded.dotenv)
    // What others changed meanwhile is taken with it.
    const isOthers = (change: ConfigChange) =>
      !isBelow(change.path, paths) && !paths.some((path) => isBelow(path, [change.path]))
    this.#current.accept(loaded, isAlone ? undefined : isOthers)
    return hides
  }

  /** Files as they are, but for those that went: watchers wait whether they come back, as where somebody saves them. */
  #withoutGaps<File extends SourceFile>(
    files: readonly File[],
    before: readonly File[],
  ): readonly File[] {
    if (this.#current.watching.size === 0) return files
    const { gone } = fileNews(before, files)
    return files.map((file, index) => (gone.includes(before[index]!.path) ? before[index]! : file))
  }

  #file(files: readonly LayerFile[], layer: LayerName | undefined): LayerFile {
    const file = layer === undefined ? files.at(-1) : files.find((one) => one.layer === layer)
    if (file) return file
    throw invalid(
      `There is no file to write to: the layer "${String(layer ?? "project")}" has none; give openConfig a "project", "user" or "system" file.`,
    )
  }

  /** Whether what is at `path` is a secret, or may have some in it. */
  #isSecret(path: string): boolean {
    const { secrets = [] } = this.#current.options
    return isBelow(path, secrets) || secrets.some((one) => isBelow(one, [path]))
  }
}

/** An object of numbers would take the place of a list that only other layers have. @param read What the file has; not read without need. */
function assertNoOthersList(
  path: readonly string[],
  merged: unknown,
  read: () => PlainObject,
): void {
  const length = path.findIndex(
    (_, index) => index > 0 && Array.isArray(valueAt(merged, path.slice(0, index)).value),
  )
  const outer = path.slice(0, length)
  if (length < 0 || valueAt(read(), outer).isThere) return
  const list = outer.join(".")
  throw invalid(
    `"${path.join(".")}" is in the list "${list}", of which this file has nothing; set "${list}" as a whole.`,
  )
}

/** What to change in a file, by what it has; that is not read without need. */
type PlanEdits = (stored: () => PlainObject) => readonly ConfigEdit[]

interface Writing extends Pick<typeof import("./edit-layer.ts"), "editLayerText" | "overtaken"> {
  readonly replace: ReplaceLayer
}

function invalid(message: string): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
}
