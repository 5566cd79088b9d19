import { PersistError } from "@persist/core/options"
import { withoutUndefined } from "../configs/plan-update.ts"
import type { PlainObject } from "../plain-object.ts"
import { configChanges } from "./config-changes.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import {
  type ConfigChange,
  type ConfigEvent,
  ConfigWatcher,
  checkWatch,
  type IsDone,
  type WatchConfigOptions,
} from "./config-watcher.ts"
import type { DottedPath, DottedValue } from "./dotted-path.ts"
import type { ReplaceLayer } from "./edit-layer.ts"
import type { LayerFile, SourceFile } from "./file-layer.ts"
import type { LayerName, Origin } from "./layer.ts"
import type { LayerSources } from "./layer-sources.ts"
import { fileNews, type Loaded, loadConfig, sameFiles } from "./load-config.ts"
import { isBelow, masked } from "./masking.ts"
import { valueAt } from "./merge-layers.ts"
import { originsAt } from "./origins.ts"
import { oldSecrets } from "./secrets.ts"
import { Gap } from "./settling.ts"

/** A value, where it comes from, and what it hides. */
export interface Explanation extends Origin {
  readonly path: string
  readonly value: unknown
  /** Weaker layers that have a value there too, the strongest first. */
  readonly hides: readonly Origin[]
}

/** A configuration made of layers; `openConfig` opens one. */
export class Config<Value = PlainObject> {
  readonly #options: OpenConfigOptions<Value>
  readonly #sources: LayerSources
  readonly #replace: ReplaceLayer | undefined
  #loaded: Loaded<Value>
  readonly #watching = new Set<(changes: readonly ConfigChange[]) => void>()
  #queue: Promise<unknown> = Promise.resolve()

  /** @internal Made by `openConfig`. */
  constructor(
    options: OpenConfigOptions<Value>,
    sources: LayerSources,
    loaded: Loaded<Value>,
    replace?: ReplaceLayer,
  ) {
    this.#replace = replace
    this.#options = options
    this.#sources = sources
    this.#loaded = loaded
  }

  /** The whole configuration, validated. */
  get value(): Value {
    return this.#loaded.value
  }

  /** The value at a dotted path, such as `"server.port"`. */
  get<Path extends DottedPath<Value>>(path: Path): DottedValue<Value, Path> {
    return valueAt(this.value, split(path)).value as DottedValue<Value, Path>
  }

  /** Which layer, file, line and column the value at `path` comes from; undefined when there is none. */
  explain(path: DottedPath<Value>): Explanation | undefined {
    const names = split(path)
    const { isThere, value } = valueAt(this.value, names)
    if (!isThere) return undefined
    const { policies = {}, secrets } = this.#options
    const [origin = { layer: "schema" }, ...hides] = originsAt(this.#loaded.layers, names, policies)
    return {
      path,
      value: masked(value, path, secrets),
      ...origin,
      hides,
    }
  }

  /**
   * Sets the value at `path` in a file, and nothing else in it. The file is read again first, so
   * that what somebody else changed meanwhile stays; one that went or was emptied meanwhile is given 0.5 s to come
   * back. `undefined` removes it, as `delete`.
   *
   * @param layer Which file. @default the strongest that is configured
   * @throws `ERR_PERSIST_VALIDATION`, `ERR_PERSIST_ENCODE` for what the format cannot hold, `ERR_PERSIST_UNSUPPORTED`
   * when no edit changes nothing else, `ERR_PERSIST_INVALID_ARGUMENT` for what can be no item of a list, or without a
   * file, `ERR_PERSIST_TIMEOUT` after 30 s of others' changes (nothing is written); else as `openConfig`.
   */
  async set<Path extends DottedPath<Value>>(
    path: Path,
    value: DottedValue<Value, Path>,
    layer?: LayerName,
  ): Promise<void> {
    await this.#edit(path, value, layer)
  }

  /** Removes the value at `path` from a file; weaker layers show again. @throws As `set`. */
  async delete(path: DottedPath<Value>, layer?: LayerName): Promise<void> {
    await this.#edit(path, undefined, layer)
  }

  /** Reads everything again. @returns What changed. @throws As `openConfig`; the last good value stays. */
  async reload(): Promise<ConfigChange[]> {
    return this.#inTurn(() => this.#reload())
  }

  /**
   * Changes that others make to the files, until `signal` aborts. A file that cannot be read or is
   * not valid is reported as an error, and the last good configuration stays. Our own `set` is not reported.
   */
  watch(watchOptions: WatchConfigOptions = {}): AsyncIterable<ConfigEvent> {
    checkWatch(watchOptions)
    const paths = () => [...this.#loaded.files, ...this.#loaded.dotenv].map(({ path }) => path)
    const take = (isDone: IsDone) => this.#inTurn(() => this.#take(isDone))
    return new ConfigWatcher(paths, take, this.#watching).events(watchOptions.signal)
  }

  /**
   * Encrypts again what is encrypted with another key than the current one, in the file of `layer`, and
   * what stands there as it is though it is one of the `secrets`.
   *
   * @returns The paths. @throws `ERR_PERSIST_INVALID_ARGUMENT` without `secretKeys`; as `set`.
   */
  async rotateSecrets(layer?: LayerName): Promise<string[]> {
    const { fileValues } = this.#sources
    const { box } = fileValues
    if (box === undefined) throw invalid('There are no "secretKeys" to rotate secrets with.')
    await this.#upgrade(layer)
    const stored = fileValues.stored(this.#file(this.#sources.files(), layer))
    const old = oldSecrets(stored, box, this.#options.secrets)
    for (const path of old) await this.#edit(path, undefined, layer, true)
    return old
  }

  /** Writes a file in the current version, which `openConfigSync` has left as it was. */
  #upgrade(layer: LayerName | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const { replaceFile, upgradeLayerFile } = await import("./edit-layer.ts")
      const file = this.#file(this.#sources.files(), layer)
      const { text } = await upgradeLayerFile(
        file,
        this.#sources.fileValues,
        this.#replace ?? replaceFile,
      )
      if (text !== file.text) await this.#reload()
    })
  }

  /** One after another, so that nothing is made of a text that is about to be replaced. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  /** Takes what others made of the files, as it was read, where `isDone` says that it is no step of an edit. */
  async #take(isDone: IsDone): Promise<boolean> {
    const sources = this.#sources
    const read = () => [sources.files(), sources.dotenv()] as const
    const [files, dotenv] = read()
    const news = fileNews([...this.#loaded.files, ...this.#loaded.dotenv], [...files, ...dotenv])
    if (!isDone(news)) return false
    if (news.changed.length === 0) return true
    // Of files that are switched together some may have been read before and some after.
    if (!sameFiles([...files, ...dotenv], read().flat())) return false
    await this.#reload(files, dotenv)
    return true
  }

  async #reload(
    files: readonly LayerFile[] = this.#sources.files(),
    dotenv: readonly SourceFile[] = this.#sources.dotenv(),
  ): Promise<ConfigChange[]> {
    const before = this.#loaded.value
    this.#loaded = await loadConfig(this.#options, this.#sources, files, dotenv)
    const changes = configChanges(before, this.#loaded.value)
    this.#tell(changes)
    return changes
  }

  #tell(changes: readonly ConfigChange[]): void {
    if (changes.length > 0) for (const tell of this.#watching) tell(changes)
  }

  #edit(
    path: string,
    value: unknown,
    layer: LayerName | undefined,
    isRotated = false,
  ): Promise<void> {
    split(path)
    const hides = isRotated || this.#isSecret(path)
    // Now: its owner may go on to change it.
    const given = withoutUndefined(value)
    return this.#inTurn(async () => {
      // Loaded here so that programs that only read never load what writes.
      const { editLayerText, hideFile, overtaken, replaceFile, untilUndisturbed } = await import(
        "./edit-layer.ts"
      )
      const writing = { editLayerText, overtaken }
      const replace = this.#replace ?? replaceFile
      const { path: file } = this.#file(this.#sources.files(), layer)
      const write: WriteLayer = (before, text) => replace(before, text, hides)
      const gap = new Gap()
      await untilUndisturbed(file, () =>
        this.#editOnce(writing, write, gap, path, given, layer, isRotated),
      )
      const written = this.#file(this.#loaded.files, layer)
      if (hides && written.text !== undefined) await hideFile(written)
    })
  }

  /** @throws `ERR_PERSIST_CONFLICT` when somebody else changed the file meanwhile. */
  async #editOnce(
    {
      editLayerText,
      overtaken,
    }: Pick<typeof import("./edit-layer.ts"), "editLayerText" | "overtaken">,
    write: WriteLayer,
    gap: Gap,
    path: string,
    value: unknown,
    layer: LayerName | undefined,
    isRotated: boolean,
  ): Promise<void> {
    const files = this.#sources.files()
    const file = this.#file(files, layer)
    if (!gap.isOver(fileNews([this.#file(this.#loaded.files, layer)], [file]))) {
      throw overtaken(file.path)
    }
    const { fileValues } = this.#sources
    const stored = fileValues.sealed(file, split(path), value, isRotated)
    const text = editLayerText(file, fileValues, stored.path, stored.value)
    // What removes nothing must not make a file, or touch it.
    const isSame = file.text === undefined ? value === undefined : text === file.text
    const others = this.#withoutGaps(files, this.#loaded.files)
    const next = isSame ? others : others.with(files.indexOf(file), { ...file, text })
    const dotenv = this.#withoutGaps(this.#sources.dotenv(), this.#loaded.dotenv)
    const loaded = await loadConfig(this.#options, this.#sources, next, dotenv)
    if (!isSame) await write(file, text)
    const before = this.#loaded
    this.#loaded = loaded
    if (sameFiles(before.files, files) && sameFiles(before.dotenv, loaded.dotenv)) return
    // What others changed meanwhile is taken with it.
    const isOurs = (change: ConfigChange) =>
      isBelow(change.path, [path]) || isBelow(path, [change.path])
    this.#tell(configChanges(before.value, loaded.value).filter((change) => !isOurs(change)))
  }

  /** Files as they are, but for those that went: watchers wait whether they come back, as where somebody saves them. */
  #withoutGaps<File extends SourceFile>(
    files: readonly File[],
    before: readonly File[],
  ): readonly File[] {
    if (this.#watching.size === 0) return files
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
    const { secrets = [] } = this.#options
    return isBelow(path, secrets) || secrets.some((one) => isBelow(one, [path]))
  }
}

type WriteLayer = (file: LayerFile, text: string) => Promise<void>

function invalid(message: string): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
}

function split(path: string): string[] {
  if (typeof path === "string") return path.split(".")
  throw invalid(`A path is a string such as "server.port"; this one is ${String(path)}.`)
}
