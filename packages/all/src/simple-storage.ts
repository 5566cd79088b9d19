import { JsonSerializer } from "@persist/core"
import { optionsCheck } from "@persist/core/options"
import { FileStorage, type FileStorageOptions } from "@persist/file"
import {
  ConfigManager,
  type LoadStateOptions,
  type StateInfo,
  StateManager,
  type UpdateConfigOptions,
} from "@persist/managers"
import { PickleSerializer, type PickleSerializerOptions } from "@persist/serializers"

/** Options of `SimpleStorage`. */
export interface SimpleOptions extends Pick<FileStorageOptions, "directory" | "app" | "logger"> {
  /** Classes whose instances `savePickle` may hold, as `PickleSerializer` takes them. @default none */
  readonly classes?: PickleSerializerOptions["classes"] | undefined
}

const checkOptions = optionsCheck<SimpleOptions>("SimpleStorage", {
  directory: true,
  app: true,
  logger: true,
  classes: true,
})

/** What a load returns when there is no such value. */
export interface DefaultOption<T> {
  /** @default undefined */
  readonly default?: T
}

/**
 * Everything in one object, as the Python original's first version had it: JSON, pickles, states and
 * configurations in the folders `json`, `pickle`, `states` and `configs` of one directory.
 */
export class SimpleStorage implements AsyncDisposable {
  /** The files underneath. */
  readonly storage: FileStorage
  /** The states underneath. */
  readonly states: StateManager
  /** The configurations underneath. */
  readonly configs: ConfigManager
  readonly #json = new JsonSerializer()
  readonly #pickle: PickleSerializer

  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: SimpleOptions = {}) {
    checkOptions(options)
    const { classes, ...files } = options
    this.#pickle = new PickleSerializer(classes === undefined ? {} : { classes })
    const serializers = [this.#pickle]
    this.storage = new FileStorage({ ...files, serializer: this.#json, serializers })
    this.states = new StateManager({ storage: this.storage })
    this.configs = new ConfigManager({ storage: this.storage })
  }

  /** Saves `value` as JSON. */
  async saveJson(name: string, value: unknown): Promise<void> {
    await this.storage.save(name, value, { subfolder: "json", serializer: this.#json })
  }

  /** Loads what `saveJson` saved. */
  async loadJson<T = unknown>(
    name: string,
    options: DefaultOption<T> = {},
  ): Promise<T | undefined> {
    return this.storage.load<T>(name, { ...options, subfolder: "json" })
  }

  /** Names of what `saveJson` saved, sorted. */
  async listJson(): Promise<string[]> {
    return this.storage.list({ subfolder: "json" })
  }

  /** Saves any data graph (dates, maps, cycles, registered classes). */
  async savePickle(name: string, value: unknown): Promise<void> {
    await this.storage.save(name, value, { subfolder: "pickle", serializer: this.#pickle })
  }

  /** Loads what `savePickle` saved; runs no code. */
  async loadPickle<T = unknown>(
    name: string,
    options: DefaultOption<T> = {},
  ): Promise<T | undefined> {
    return this.storage.load<T>(name, { ...options, subfolder: "pickle" })
  }

  /** Names of what `savePickle` saved, sorted. */
  async listPickle(): Promise<string[]> {
    return this.storage.list({ subfolder: "pickle" })
  }

  /** `StateManager.saveState` */
  async saveState(name: string, data: unknown): Promise<StateInfo> {
    return this.states.saveState(name, data)
  }

  /** `StateManager.loadState` */
  async loadState<T = unknown>(
    name: string,
    options: LoadStateOptions<T> = {},
  ): Promise<T | undefined> {
    return this.states.loadState<T>(name, options)
  }

  /** `StateManager.listStates` */
  async listStates(): Promise<string[]> {
    return this.states.listStates()
  }

  /** `ConfigManager.saveConfig` */
  async saveConfig(name: string, config: unknown): Promise<void> {
    await this.configs.saveConfig(name, config)
  }

  /** `ConfigManager.loadConfig` */
  async loadConfig<T = Record<string, unknown>>(
    name: string,
    options: DefaultOption<T> = {},
  ): Promise<T | undefined> {
    return this.configs.loadConfig<T>(name, options)
  }

  /** `ConfigManager.updateConfig` */
  async updateConfig<T = Record<string, unknown>>(
    name: string,
    updates: object,
    options: UpdateConfigOptions = {},
  ): Promise<T> {
    return this.configs.updateConfig<T>(name, updates, options)
  }

  /** `ConfigManager.listConfigs` */
  async listConfigs(): Promise<string[]> {
    return this.configs.listConfigs()
  }

  /** Deletes the JSON value `name`. @returns Whether there was one. */
  async deleteJson(name: string): Promise<boolean> {
    return this.storage.delete(name, { subfolder: "json" })
  }

  /** Deletes the pickle `name`. @returns Whether there was one. */
  async deletePickle(name: string): Promise<boolean> {
    return this.storage.delete(name, { subfolder: "pickle" })
  }

  /** `StateManager.deleteState` */
  async deleteState(name: string): Promise<boolean> {
    return this.states.deleteState(name)
  }

  /** `ConfigManager.deleteConfig` */
  async deleteConfig(name: string): Promise<boolean> {
    return this.configs.deleteConfig(name)
  }

  /** Saves the live states, waits for what runs and releases the directory. @throws As `StateManager.close` */
  async close(): Promise<void> {
    await this.states.close()
    await this.storage.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
