import { historyIds, type Logger, PersistError, type Storage } from "@persist/core"
import type { Log } from "./log.ts"
import { type LogEntry, parseEntry } from "./log-entry.ts"
import { LogText } from "./log-text.ts"

const format = new LogText()
const batchKey = /^[0-9a-z]{26}(?:-base)?$/

/** A log in a storage without files: every append is a value of its own, so that no writer meets another. */
export class StorageLog implements Log {
  readonly #storage: Storage
  readonly #subfolder: string
  readonly #newId: () => string
  readonly #logger: Logger | undefined

  constructor(storage: Storage, name: string, clock: () => number, logger: Logger | undefined) {
    storage.addFormats(format)
    this.#storage = storage
    this.#subfolder = `logs/${name}`
    this.#newId = historyIds(clock)
    this.#logger = logger
  }

  async append(lines: string): Promise<void> {
    await this.#save(this.#newId(), lines)
  }

  async replace(lines: readonly string[]): Promise<void> {
    const key = `${this.#newId()}-base`
    const before = await this.#keys()
    await this.#save(key, lines.join("\n"))
    for (const old of before) if (old < key) await this.#remove(old)
  }

  async *entries(): AsyncGenerator<LogEntry, void, undefined> {
    const keys = await this.#keys()
    const start = keys.findLastIndex((key) => key.endsWith("-base"))
    for (const key of keys.slice(Math.max(start, 0))) {
      const options = { subfolder: this.#subfolder, serializer: format }
      const text = await this.#storage.load<string>(key, options)
      for (const line of text?.split("\n") ?? []) {
        if (line === "") continue
        const entry = parseEntry(line)
        if (entry !== undefined) yield entry
        else {
          const where = `${this.#subfolder}/${key}`
          this.#logger?.warn?.(`A line of the log is damaged and was left out (${where}).`)
        }
      }
    }
  }

  follow(): never {
    throw new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      "Only logs in files can be followed; use a FileStorage, or read again.",
    )
  }

  async exists(): Promise<boolean> {
    return (await this.#keys()).length > 0
  }

  async delete(): Promise<boolean> {
    const keys = await this.#keys()
    for (const key of keys) await this.#remove(key)
    return keys.length > 0
  }

  async close(): Promise<void> {}

  async #keys(): Promise<string[]> {
    const keys = await this.#storage.list({ subfolder: this.#subfolder })
    return keys.filter((key) => batchKey.test(key))
  }

  async #save(key: string, lines: string): Promise<void> {
    const options = { subfolder: this.#subfolder, serializer: format }
    await this.#storage.save(key, lines, options)
  }

  async #remove(key: string): Promise<void> {
    await this.#storage.delete(key, { subfolder: this.#subfolder })
  }
}
