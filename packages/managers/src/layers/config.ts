import type { PlainObject } from "../plain-object.ts"
import { ConfigEdits } from "./config-edits.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import {
  type ConfigChange,
  type ConfigEvent,
  ConfigWatcher,
  checkWatch,
  type IsDone,
  type WatchConfigOptions,
} from "./config-watcher.ts"
import { CurrentConfig } from "./current-config.ts"
import {
  type ConfigUpdate,
  type DottedPath,
  type DottedValue,
  type NamedPath,
  splitPath,
} from "./dotted-path.ts"
import type { ReplaceLayer } from "./edit-layer.ts"
import type { LayerName, Origin } from "./layer.ts"
import type { LayerSources } from "./layer-sources.ts"
import type { Loaded } from "./load-config.ts"
import { masked } from "./masking.ts"
import { valueAt } from "./merge-layers.ts"
import { originsAt } from "./origins.ts"

/** A value, where it comes from, and what it hides. */
export interface Explanation extends Origin {
  readonly path: string
  readonly value: unknown
  /** Weaker layers that have a value there too, the strongest first. */
  readonly hides: readonly Origin[]
}

/** A configuration made of layers; `openConfig` opens one. */
export class Config<Value = PlainObject> {
  readonly #current: CurrentConfig<Value>
  readonly #edits: ConfigEdits<Value>

  /** @internal Made by `openConfig`. */
  constructor(
    options: OpenConfigOptions<Value>,
    sources: LayerSources,
    loaded: Loaded<Value>,
    replace?: ReplaceLayer,
  ) {
    this.#current = new CurrentConfig(options, sources, loaded)
    this.#edits = new ConfigEdits(this.#current, replace)
  }

  /** The whole configuration, validated. */
  get value(): Value {
    return this.#current.loaded.value
  }

  // What is wrong with a call is told by the last of its signatures: the one for dotted paths, which knows the types.
  /** The value at a list of names, of which some may have dots. */
  get(path: NamedPath): unknown
  /** The value at a dotted path, such as `"server.port"`. */
  get<Path extends DottedPath<Value>>(path: Path): DottedValue<Value, Path>
  get(path: string | NamedPath): unknown {
    return valueAt(this.value, splitPath(path)).value
  }

  /** Which layer, file, line and column the value at `path` comes from; undefined when there is none. */
  explain(path: DottedPath<Value> | NamedPath): Explanation | undefined {
    const names = splitPath(path)
    const dotted = names.join(".")
    const { isThere, value } = valueAt(this.value, names)
    if (!isThere) return undefined
    const { loaded, options } = this.#current
    const { policies = {}, secrets } = options
    const [origin = { layer: "schema" }, ...hides] = originsAt(loaded.layers, names, policies)
    return {
      path: dotted,
      value: masked(value, dotted, secrets),
      ...origin,
      hides,
    }
  }

  /** As with a dotted path, for a list of names, of which some may have dots. @throws As there. */
  async set(path: NamedPath, value: unknown, layer?: LayerName): Promise<void>
  /**
   * Sets the value at `path` in a file, and nothing else in it. The file is read again first, so
   * that what somebody else changed meanwhile stays; one that went or was emptied meanwhile is given 0.5 s to come
   * back. `undefined` removes it, as `delete`.
   *
   * @param layer Which file. @default the strongest that is configured
   * @throws `ERR_PERSIST_VALIDATION`, `ERR_PERSIST_ENCODE` for what the format cannot hold, `ERR_PERSIST_UNSUPPORTED`
   * when no edit changes nothing else, `ERR_PERSIST_INVALID_ARGUMENT` for what can be no item of a list, or of one that
   * only other layers have, or without a file, `ERR_PERSIST_TIMEOUT` after 30 s of others' changes (nothing is written); else as `openConfig`.
   */
  async set<Path extends DottedPath<Value>>(
    path: Path,
    value: DottedValue<Value, Path>,
    layer?: LayerName,
  ): Promise<void>
  async set(path: string | NamedPath, value: unknown, layer?: LayerName): Promise<void> {
    await this.#edits.edit(path, value, layer)
  }

  /**
   * Changes several values in a file as one step, validated together: plain objects merge, everything else
   * replaces, `undefined` removes, as in `updateConfig`; but an object that only removes comes into no file that
   * has none there.
   *
   * @throws As `set`.
   */
  async update(values: ConfigUpdate<Value> & object, layer?: LayerName): Promise<void> {
    await this.#edits.update(values, layer)
  }

  /** Removes the value at `path` from a file; weaker layers show again. @throws As `set`. */
  async delete(path: DottedPath<Value> | NamedPath, layer?: LayerName): Promise<void> {
    await this.#edits.edit(path, undefined, layer)
  }

  /** Reads everything again. @returns What changed. @throws As `openConfig`; the last good value stays. */
  async reload(): Promise<ConfigChange[]> {
    return this.#current.inTurn(() => this.#current.reload())
  }

  /**
   * Changes that others make to the files, until `signal` aborts. A file that cannot be read or is
   * not valid is reported as an error, and the last good configuration stays. Our own `set` is not reported.
   */
  watch(watchOptions: WatchConfigOptions = {}): AsyncIterable<ConfigEvent> {
    checkWatch(watchOptions)
    const current = this.#current
    const paths = () => {
      const { files, dotenv } = current.loaded
      return [...files, ...dotenv].map(({ path }) => path)
    }
    const take = (isDone: IsDone) => current.inTurn(() => current.take(isDone))
    return new ConfigWatcher(paths, take, current.watching).events(watchOptions.signal)
  }

  /**
   * Encrypts again what is encrypted with another key than the current one, in the file of `layer`, and
   * what stands there as it is though it is one of the `secrets`.
   *
   * @returns The paths. @throws `ERR_PERSIST_INVALID_ARGUMENT` without `secretKeys`; as `set`.
   */
  async rotateSecrets(layer?: LayerName): Promise<string[]> {
    return this.#edits.rotate(layer)
  }
}
