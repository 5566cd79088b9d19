import { configChanges } from "./config-changes.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import type { ConfigChange, IsDone } from "./config-watcher.ts"
import type { LayerFile, SourceFile } from "./file-layer.ts"
import type { LayerSources } from "./layer-sources.ts"
import { fileNews, type Loaded, loadConfig, sameFiles } from "./load-config.ts"

/** What a configuration is made of now, who is told of changes, and the turns of all that reads or changes it. */
export class CurrentConfig<Value> {
  readonly options: OpenConfigOptions<Value>
  readonly sources: LayerSources
  /** Who watches. */
  readonly watching: Set<(changes: readonly ConfigChange[]) => void> = new Set()
  #loaded: Loaded<Value>
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: OpenConfigOptions<Value>, sources: LayerSources, loaded: Loaded<Value>) {
    this.options = options
    this.sources = sources
    this.#loaded = loaded
  }

  get loaded(): Loaded<Value> {
    return this.#loaded
  }

  /** One after another, so that nothing is made of a text that is about to be replaced. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  /** Takes what others made of the files, as it was read, where `isDone` says that it is no step of an edit. */
  async take(isDone: IsDone): Promise<boolean> {
    const { sources } = this
    const read = () => [sources.files(), sources.dotenv()] as const
    const [files, dotenv] = read()
    const news = fileNews([...this.#loaded.files, ...this.#loaded.dotenv], [...files, ...dotenv])
    if (!isDone(news)) return false
    if (news.changed.length === 0) return true
    // Of files that are switched together some may have been read before and some after.
    if (!sameFiles([...files, ...dotenv], read().flat())) return false
    await this.reload(files, dotenv)
    return true
  }

  /** Reads everything again, or takes what was read. */
  async reload(
    files: readonly LayerFile[] = this.sources.files(),
    dotenv: readonly SourceFile[] = this.sources.dotenv(),
  ): Promise<ConfigChange[]> {
    const before = this.#loaded.value
    this.#loaded = await loadConfig(this.options, this.sources, files, dotenv)
    const changes = configChanges(before, this.#loaded.value)
    this.#tell(changes)
    return changes
  }

  /** Takes what was loaded with an edit of our own; watchers hear of what `isOthers`, where somebody changed anything. */
  accept(loaded: Loaded<Value>, isOthers?: (change: ConfigChange) => boolean): void {
    const before = this.#loaded
    this.#loaded = loaded
    if (isOthers) this.#tell(configChanges(before.value, loaded.value).filter(isOthers))
  }

  #tell(changes: readonly ConfigChange[]): void {
    if (changes.length > 0) for (const tell of this.watching) tell(changes)
  }
}
