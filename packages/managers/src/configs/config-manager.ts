import { PersistError, type Storage } from "@persist/core"
import { invalidOption, toMilliseconds } from "@persist/core/options"
import type { FileStorage } from "@persist/file"
import type { Config } from "../layers/config.ts"
import type { OpenConfigOptions } from "../layers/config-options.ts"
import { replaceFile, replaceStored } from "../layers/edit-layer.ts"
import { openConfigWith } from "../layers/open-config.ts"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { type OpenedStorage, openStorage } from "../storage-source.ts"
import { ConfigBytes } from "./config-bytes.ts"
import { type ConfigFile, parseFile } from "./config-file.ts"
import { ConfigFiles, type NextConfig } from "./config-files.ts"
import { editConfig } from "./edit/edit-config.ts"
import { KnownJson } from "./edit/known-json.ts"
import type { ConfigFormat } from "./formats/config-format.ts"
import { configFormats } from "./formats/formats.ts"
import type * as o from "./options.ts"
import * as options from "./options.ts"
import { applyEdits, copyOf, planUpdate, withoutUndefined } from "./plan-update.ts"

const subfolder = "configs"

/** Files of which the text is kept: those of a program, not one of each of its users. */
const mostKnown = 100

/** Configurations: JSON, JSONC, YAML or TOML files under `configs/` that people may edit by hand. */
export class ConfigManager implements AsyncDisposable {
  readonly #opened: OpenedStorage
  readonly #files: ConfigFiles
  readonly #format: ConfigFormat
  /** JSON files as they were last read or written here. */
  readonly #known = new Map<string, KnownJson>()

  constructor(managerOptions: o.ConfigManagerOptions = {}) {
    options.checkManager(managerOptions)
    const { format = "json", ...source } = managerOptions
    if (!Object.hasOwn(configFormats, format)) {
      throw invalidOption("format", format, Object.keys(configFormats).join(", "))
    }
    this.#format = configFormats[format]
    this.#opened = openStorage(source)
    this.#files = new ConfigFiles(this.#opened.storage, this.#format.extensions[0])
  }

  /** Where the configurations are kept. */
  get storage(): Storage {
    return this.#opened.storage
  }

  /**
   * Replaces the configuration `name`, in the format that it has or else the manager's. What stays
   * the same in a file that is there keeps its text and comments.
   *
   * @throws `ERR_PERSIST_DECODE` when the file that is there cannot be read (delete it first), `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`,
   * `ERR_PERSIST_IO`, `ERR_PERSIST_TIMEOUT` after 30 s of others' changes, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async saveConfig<T>(
    name: string,
    config: T,
    saveOptions: o.SaveConfigOptions = {},
  ): Promise<void> {
    options.checkSave(saveOptions)
    const value = withoutUndefined(config)
    const change = (file: ConfigFile | undefined) => {
      const text = file === undefined ? this.#format.print(value) : rewrite(name, file, value)
      return { bytes: Buffer.from(text) }
    }
    await this.#files.write(name, change, saveOptions, 30_000)
  }

  /**
   * Loads the configuration `name`; `undefined`, or the `default`, when there is none.
   *
   * @throws `ERR_PERSIST_DECODE` with file, line and column for one that cannot be read (it stays as
   * it is), `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async loadConfig<T = PlainObject>(
    name: string,
    loadOptions: o.LoadConfigOptions<T> & { default: T },
  ): Promise<T>
  async loadConfig<T = PlainObject>(
    name: string,
    loadOptions?: o.LoadConfigOptions<T>,
  ): Promise<T | undefined>
  async loadConfig<T>(
    name: string,
    loadOptions: o.LoadConfigOptions<T> = {},
  ): Promise<T | undefined> {
    options.checkLoad(loadOptions)
    const file = await this.#files.read(name, loadOptions.signal)
    return file === undefined ? loadOptions.default : (parseFile(name, file) as T)
  }

  /**
   * `loadConfig` for programs that need it before anything else; an error names the configuration, not its file.
   *
   * @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false.
   */
  loadConfigSync<T = PlainObject>(
    name: string,
    loadOptions: o.LoadConfigOptions<T> & { default: T },
  ): T
  loadConfigSync<T = PlainObject>(name: string, loadOptions?: o.LoadConfigOptions<T>): T | undefined
  loadConfigSync<T>(name: string, loadOptions: o.LoadConfigOptions<T> = {}): T | undefined {
    options.checkLoad(loadOptions)
    const file = this.#files.readSync(name, loadOptions.signal)
    return file === undefined ? loadOptions.default : (parseFile(name, file) as T)
  }

  /**
   * Opens the configuration `name` with layers around it: it is their `project` file.
   *
   * @throws `ERR_PERSIST_UNSUPPORTED` when the configurations are not files; else as `openConfig`.
   */
  async open<Value = PlainObject>(
    name: string,
    configOptions: Omit<OpenConfigOptions<Value>, "project"> = {},
  ): Promise<Config<Value>> {
    if (!isPlainObject(configOptions)) throw invalidOption("options", configOptions, "an object")
    // Not by its class, of which a program may have two copies.
    const storage: Storage & Partial<Pick<FileStorage, "pathOf">> = this.storage
    if (storage.pathOf === undefined) {
      throw new PersistError(
        "ERR_PERSIST_UNSUPPORTED",
        "Layers need configurations in files; use a FileStorage, or openConfig.",
      )
    }
    const serializer = new ConfigBytes(this.#format.extensions[0])
    const project = await storage.pathOf(name, { subfolder, serializer })
    return openConfigWith<Value>({ ...configOptions, project }, async (file, text, isSecret) => {
      if (file.layer !== "project") return replaceFile(file, text, isSecret)
      await replaceStored(file, text, isSecret, (before, next) =>
        this.#files.replace(name, before, next),
      )
    })
  }

  /**
   * Changes what `updates` names and nothing else, as one step against all writers: every other byte
   * of the file stays. `undefined` removes a key; arrays are replaced.
   *
   * @returns The whole new configuration.
   * @throws As `loadConfig` and `saveConfig`, `ERR_PERSIST_NOT_FOUND` (with `createIfMissing: false`),
   * `ERR_PERSIST_INVALID_ARGUMENT` when `updates` or the configuration is no object,
   * `ERR_PERSIST_UNSUPPORTED` when no edit changes nothing else, `ERR_PERSIST_TIMEOUT`.
   */
  async updateConfig<T = PlainObject>(
    name: string,
    updates: object,
    updateOptions: o.UpdateConfigOptions = {},
  ): Promise<T> {
    options.checkUpdate(updateOptions)
    const { merge = "deep", createIfMissing = true, timeout = 30_000 } = updateOptions
    if (merge !== "deep" && merge !== "shallow")
      throw invalidOption("merge", merge, "deep, shallow")
    if (!isPlainObject(updates)) throw notAnObject("The updates are", updates, name)
    const meant = copyOf(updates)
    let result: PlainObject
    const change = (file: ConfigFile | undefined): NextConfig | undefined => {
      const known = file?.format.name === "json" ? this.#known.get(name) : undefined
      const quick = known?.isIn(file!.bytes) ? known.plan(meant, merge) : undefined
      if (known && quick) {
        const meanwhile = () => {
          result = known.result(quick)
        }
        return { bytes: quick.bytes, meanwhile, done: () => known.done(quick) }
      }
      if (file === undefined && !createIfMissing) throw missing(name)
      const before = file === undefined ? undefined : parseFile(name, file)
      const current = before ?? {}
      if (!isPlainObject(current)) throw notAnObject("It holds", current, name)
      const edits = planUpdate(current, meant, merge)
      result = applyEdits(current, edits)
      if (file === undefined) return { bytes: Buffer.from(this.#format.print(result)) }
      if (edits.length === 0) return undefined
      const paths = before === null ? undefined : edits.map(({ path }) => path)
      const { format, text } = file
      const edited = editConfig({ format, text, before, after: result, ...(paths && { paths }) })
      const bytes = Buffer.from(edited)
      if (format.name === "json") {
        if (!this.#known.has(name) && this.#known.size >= mostKnown) this.#known.clear()
        this.#known.set(name, new KnownJson(bytes))
      }
      return { bytes }
    }
    await this.#files.write(name, change, updateOptions, toMilliseconds(timeout, "timeout"))
    return result! as T
  }

  /** The names of the configurations, sorted. */
  async listConfigs(listOptions: o.ListConfigsOptions = {}): Promise<string[]> {
    options.checkList(listOptions)
    return this.storage.list({ subfolder, ...listOptions })
  }

  /** Deletes the configuration `name`. @returns Whether there was one. */
  async deleteConfig(name: string, configOptions: o.ConfigOptions = {}): Promise<boolean> {
    options.checkOne(configOptions)
    this.#known.delete(name)
    return this.storage.delete(name, { subfolder, ...configOptions })
  }

  /** Whether there is a configuration `name`, in any format. */
  async configExists(name: string, configOptions: o.ConfigOptions = {}): Promise<boolean> {
    options.checkOne(configOptions)
    return this.storage.exists(name, { subfolder, ...configOptions })
  }

  /** Closes the storage if the manager opened it. */
  async close(): Promise<void> {
    await this.#opened.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** The text with a whole new value: as few changes as can be, else printed anew. */
function rewrite(name: string, file: ConfigFile, value: unknown): string {
  const before = parseFile(name, file)
  try {
    return editConfig({ format: file.format, text: file.text, before, after: value })
  } catch (error) {
    if (PersistError.is(error, "ERR_PERSIST_UNSUPPORTED")) return file.format.print(value)
    throw error
  }
}

function missing(name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `There is no configuration "${name}"; save it first, or let updateConfig create it.`,
    { key: name },
  )
}

function notAnObject(what: string, value: unknown, name: string): PersistError {
  const other = typeof value === "object" ? "no plain object" : `a ${typeof value}`
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : other
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `Cannot update the configuration "${name}": ${what} ${kind}; only plain objects can be merged.`,
    { key: name },
  )
}
