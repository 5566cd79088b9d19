import { PersistError } from "@persist/core/options"
import { withoutUndefined } from "../configs/plan-update.ts"
import type { PlainObject } from "../plain-object.ts"
import type { ConfigChange } from "./config-watcher.ts"
import type { CurrentConfig } from "./current-config.ts"
import { type NamedPath, splitPath } from "./dotted-path.ts"
import type { ReplaceLayer } from "./edit-layer.ts"
import type { LayerFile, SourceFile } from "./file-layer.ts"
import type { LayerName } from "./layer.ts"
import { fileNews, loadConfig, sameFiles } from "./load-config.ts"
import { isBelow } from "./masking.ts"
import { mergeLayers, valueAt } from "./merge-layers.ts"
import { oldSecrets } from "./secrets.ts"
import { Gap } from "./settling.ts"

/** One change: what is to be at a path, undefined where nothing is. */
export interface PathEdit {
  readonly path: string | NamedPath
  readonly value: unknown
}

interface NamedEdit {
  readonly names: readonly string[]
  readonly value: unknown
}

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
    const edits = old.map((path) => ({ path, value: undefined }))
    await this.edit(edits, layer, true)
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

  /** Sets what is at each path, or removes it where the value is undefined: all of it, or nothing. */
  async edit(
    edits: readonly PathEdit[],
    layer: LayerName | undefined,
    isRotated = false,
  ): Promise<void> {
    if (edits.length === 0) return
    // Now: its owner may go on to change it.
    const given = edits.map(({ path, value }) => ({
      names: splitPath(path),
      value: withoutUndefined(value),
    }))
    const hides = isRotated || given.some(({ names }) => this.#isSecret(names.join(".")))
    await this.#current.inTurn(async () => {
      // Loaded here so that programs that only read never load what writes.
      const writing = await import("./edit-layer.ts")
      const replace = this.#replace ?? writing.replaceFile
      const { path: file } = this.#file(this.#current.sources.files(), layer)
      const write: WriteLayer = (before, text) => replace(before, text, hides)
      const gap = new Gap()
      await writing.untilUndisturbed(file, () =>
        this.#editOnce(writing, write, gap, given, layer, isRotated),
      )
      const written = this.#file(this.#current.loaded.files, layer)
      if (hides && written.text !== undefined) await writing.hideFile(written)
    })
  }

  /** @throws `ERR_PERSIST_CONFLICT` when somebody else changed the file meanwhile. */
  async #editOnce(
    writing: Writing,
    write: WriteLayer,
    gap: Gap,
    edits: readonly NamedEdit[],
    layer: LayerName | undefined,
    isRotated: boolean,
  ): Promise<void> {
    const { options, sources, loaded: before } = this.#current
    const files = sources.files()
    const file = this.#file(files, layer)
    if (!gap.isOver(fileNews([this.#file(before.files, layer)], [file]))) {
      throw writing.overtaken(file.path)
    }
    const edited = edits.reduce((now, edit) => this.#edited(writing, now, edit, isRotated), file)
    // What removes nothing must not make a file, or touch it.
    const isSame = edited.text === file.text
    const others = this.#withoutGaps(files, before.files)
    const next = isSame ? others : others.with(files.indexOf(file), edited)
    const dotenv = this.#withoutGaps(sources.dotenv(), before.dotenv)
    const loaded = await loadConfig(options, sources, next, dotenv)
    if (!isSame) await write(file, edited.text!)
    const isAlone = sameFiles(before.files, files) && sameFiles(before.dotenv, loaded.dotenv)
    // What others changed meanwhile is taken with it.
    const paths = edits.map(({ names }) => names.join("."))
    const isOthers = (change: ConfigChange) =>
      !isBelow(change.path, paths) && !paths.some((path) => isBelow(path, [change.path]))
    this.#current.accept(loaded, isAlone ? undefined : isOthers)
  }

  /** The file with one edit made in its text. */
  #edited(
    { editLayerText }: Writing,
    file: LayerFile,
    { names, value }: NamedEdit,
    isRotated: boolean,
  ): LayerFile {
    if (file.text === undefined && value === undefined) return file
    const { options, sources, loaded } = this.#current
    const { fileValues } = sources
    if (value !== undefined && names.length > 1) {
      // Not what a schema made of it: that may be a list where the layers have objects.
      const merged = options.schema
        ? mergeLayers(loaded.layers, options.policies ?? {})
        : loaded.value
      assertNoOthersList(names, merged, () => fileValues.stored(file))
    }
    const stored = fileValues.sealed(file, names, value, isRotated)
    return { ...file, text: editLayerText(file, fileValues, stored.path, stored.value) }
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

type Writing = typeof import("./edit-layer.ts")
type WriteLayer = (file: LayerFile, text: string) => Promise<void>

function invalid(message: string): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
}
