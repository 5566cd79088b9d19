import { historyIds, type Logger, PersistError, type Storage } from "@persist/core"
import { type Log, LogReplaced } from "./log.ts"
import { type LogEntry, parseEntry } from "./log-entry.ts"
import { LogText } from "./log-text.ts"

const format = new LogText()
const baseEnd = "-base"
const batchKey = /^[0-9a-z]{26}(?:-base)?$/

/** Where a log begins: a value that took the place of all that was there. */
interface Base {
  readonly key: string
  readonly lines: readonly string[]
  /** An older program wrote it, and did not say what it takes the place of. */
  readonly isOld: boolean
}

/** A log in a storage without files: every append is a value of its own, so that no writer meets another. */
export class StorageLog implements Log {
  readonly #storage: Storage
  readonly #subfolder: string
  readonly #newId: () => string
  readonly #logger: Logger | undefined
  /** What is being written. */
  readonly #writing = new Set<Promise<void>>()

  constructor(storage: Storage, name: string, clock: () => number, logger: Logger | undefined) {
    storage.addFormats(format)
    this.#storage = storage
    this.#subfolder = `logs/${name}`
    this.#newId = historyIds(clock)
    this.#logger = logger
  }

  async append(lines: string): Promise<void> {
    await this.#noting(this.#save(this.#newId(), lines))
  }

  async replace(lines: readonly string[]): Promise<void> {
    await this.#noting(this.#replace(lines))
  }

  /** The new value names those that it takes the place of: by their keys nobody could tell, for clocks differ. */
  async #replace(lines: readonly string[]): Promise<void> {
    const before = await this.#keys()
    const text = [JSON.stringify(before), ...lines].join("\n")
    await this.#save(`${this.#newId()}${baseEnd}`, text)
    for (const old of before) await this.#remove(old)
  }

  async *entries(): AsyncGenerator<LogEntry, void, undefined> {
    const keys = await this.#keys()
    const { base, replaced } = await this.#beginning(keys)
    if (base) yield* this.#parsed(base.key, base.lines)
    for (const key of keys) {
      if (key.endsWith(baseEnd) || replaced.has(key)) continue
      yield* this.#parsed(key, await this.#lines(key))
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

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing)
  }

  /** The newest base that no other one took the place of, and the keys that do not count any more. */
  async #beginning(
    keys: readonly string[],
  ): Promise<{ base: Base | undefined; replaced: ReadonlySet<string> }> {
    const replaced = new Set<string>()
    const bases: Base[] = []
    for (const key of keys.filter((one) => one.endsWith(baseEnd))) {
      const [first = "", ...lines] = await this.#lines(key)
      const names = replacedBy(first)
      for (const name of names ?? []) replaced.add(name)
      bases.push({ key, lines: names ? lines : [first, ...lines], isOld: names === undefined })
    }
    for (const { key, isOld } of bases) {
      // It takes the place of whatever sorts before it, unless somebody whose clock is behind took its own.
      if (!isOld || replaced.has(key)) continue
      for (const one of keys) if (one < key) replaced.add(one)
    }
    return { base: bases.findLast(({ key }) => !replaced.has(key)), replaced }
  }

  *#parsed(key: string, lines: readonly string[]): Generator<LogEntry, void, undefined> {
    for (const line of lines) {
      if (line === "") continue
      const entry = parseEntry(line)
      if (entry !== undefined) yield entry
      else {
        const where = `${this.#subfolder}/${key}`
        this.#logger?.warn?.(`A line of the log is damaged and was left out (${where}).`)
      }
    }
  }

  async #lines(key: string): Promise<string[]> {
    const options = { subfolder: this.#subfolder, serializer: format }
    const text = await this.#storage.load<string>(key, options)
    if (text === undefined && !(await this.#keys()).includes(key)) throw new LogReplaced()
    return text?.split("\n") ?? []
  }

  async #keys(): Promise<string[]> {
    const keys = await this.#storage.list({ subfolder: this.#subfolder })
    return keys.filter((key) => batchKey.test(key))
  }

  async #save(key: string, lines: string): Promise<void> {
    const options = { subfolder: this.#subfolder, serializer: format }
    await this.#storage.save(key, lines, options)
  }

  async #noting(writing: Promise<void>): Promise<void> {
    this.#writing.add(writing)
    try {
      await writing
    } finally {
      this.#writing.delete(writing)
    }
  }

  async #remove(key: string): Promise<void> {
    await this.#storage.delete(key, { subfolder: this.#subfolder })
  }
}

/** The keys in the first line of a base; undefined for one of an older program, which begins with an entry. */
function replacedBy(line: string): string[] | undefined {
  try {
    const names: unknown = JSON.parse(line)
    return Array.isArray(names) ? names : undefined
  } catch {
    return undefined
  }
}

/** The names of the logs in a storage without files, sorted. */
export async function storedLogNames(storage: Storage): Promise<string[]> {
  const keys = await storage.list({ subfolder: "logs" })
  return [...new Set(keys.map((key) => key.slice(0, key.lastIndexOf("/"))))].filter(Boolean).sort()
}
