import { join } from "node:path"
import { globMatcher, PersistError, type Storage } from "@persist/core"
import {
  invalidOption,
  leavable,
  storageClock,
  throwIfAborted,
  unlessAborted,
} from "@persist/core/options"
import { FileStorage } from "@persist/file"
import { type OpenedStorage, openStorage } from "../storage-source.ts"
import { FileLog } from "./file-log.ts"
import type { FollowedEntry } from "./follow-log.ts"
import { type Log, LogReplaced } from "./log.ts"
import { entryLine, type LogEntry, timeTexts } from "./log-entry.ts"
import { logError } from "./log-error.ts"
import { logNames, logPath } from "./log-name.ts"
import type * as o from "./options.ts"
import * as options from "./options.ts"
import { explained, matchingEntries } from "./read-log.ts"
import { type Rotation, readRotation } from "./rotation.ts"
import { StorageLog, storedLogNames } from "./storage-log.ts"

/**
 * Logs: append-only records under `logs/`, one JSON object a line. Every process writes files of its
 * own, so several processes may append to the same log.
 */
export class LogManager implements AsyncDisposable {
  readonly #opened: OpenedStorage
  readonly #options: o.LogManagerOptions
  readonly #rotation: Rotation
  readonly #clock: () => number
  /** The time that an entry gets. */
  readonly #time: () => string
  readonly #logs = new Map<string, Log>()
  /** What a signal can leave behind. */
  readonly #leavable = new Set<Promise<unknown>>()
  #closed = false

  constructor(managerOptions: o.LogManagerOptions = {}) {
    options.checkManager(managerOptions)
    const { durability = "full", rotation, ...source } = managerOptions
    if (!["full", "file", "none"].includes(durability)) {
      throw invalidOption("durability", durability, "full, file, none")
    }
    this.#rotation = readRotation(rotation)
    this.#options = managerOptions
    this.#clock = storageClock(managerOptions.clock)
    this.#time = timeTexts(this.#clock)
    this.#opened = openStorage(source)
  }

  /** Where the logs are kept. */
  get storage(): Storage {
    return this.#opened.storage
  }

  /**
   * Replaces the log `name` by `entries`, as one step.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async saveLog(
    name: string,
    entries: Iterable<LogEntry>,
    saveOptions: o.LogCallOptions = {},
  ): Promise<void> {
    const signal = options.callSignal("saveLog", saveOptions)
    if (typeof entries?.[Symbol.iterator] !== "function") {
      const message = `saveLog "${String(name)}": the entries are ${String(entries)}; give an array or another iterable.`
      throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
    }
    const lines = Array.from(entries, (entry) => entryLine(entry))
    await this.#run("saveLog", name, signal, (log) => log.replace(lines))
  }

  /**
   * Appends one entry or several; resolves when they are durable. An entry without `time` gets one.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  append(
    name: string,
    entries: LogEntry | readonly LogEntry[],
    appendOptions?: o.LogCallOptions,
  ): Promise<void> {
    try {
      if (appendOptions !== undefined) {
        const signal = options.callSignal("append", appendOptions)
        return this.#run("append", name, signal, () => this.append(name, entries))
      }
      const log = this.#log("append", name)
      if (!Array.isArray(entries)) return log.append(entryLine(entries, this.#time()))
      const lines = entries.map((entry) => entryLine(entry, this.#time()))
      return lines.length === 0 ? Promise.resolve() : log.append(lines.join("\n"))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The entries of the log `name`, oldest first; none when there is no such log. */
  async read(name: string, readOptions: o.ReadLogOptions = {}): Promise<LogEntry[]> {
    for (;;) {
      const found: LogEntry[] = []
      try {
        for await (const entry of this.#matching(name, readOptions)) found.push(entry)
        return found
      } catch (error) {
        // The old entries or the new ones, nothing in between.
        if (!(error instanceof LogReplaced)) throw error
      }
    }
  }

  /**
   * `read`, one entry at a time; memory stays flat. A damaged line is left out and reported to the logger. Where
   * `saveLog` or `deleteLog` comes in between, what is left of the old entries may be left out.
   */
  async *entries(
    name: string,
    readOptions: o.ReadLogOptions = {},
  ): AsyncGenerator<LogEntry, void, undefined> {
    for (let hasBegun = false; ; ) {
      try {
        for await (const entry of this.#matching(name, readOptions)) {
          hasBegun = true
          yield entry
        }
        return
      } catch (error) {
        if (!(error instanceof LogReplaced)) throw error
        if (hasBegun) return
      }
    }
  }

  /** @throws LogReplaced */
  #matching(name: string, readOptions: o.ReadLogOptions): AsyncIterable<LogEntry> {
    options.checkRead(readOptions)
    return matchingEntries(this.#log("read", name), name, readOptions)
  }

  /**
   * The entries of the log `name` from the beginning, or from behind a cursor, and then those that
   * come, from any process and across rotation, until the signal aborts.
   *
   * @throws `ERR_PERSIST_UNSUPPORTED` where logs are not files, `ERR_PERSIST_INVALID_ARGUMENT` for a broken cursor.
   */
  follow(
    name: string,
    followOptions: o.FollowLogOptions = {},
  ): AsyncGenerator<FollowedEntry, void, undefined> {
    options.checkFollow(followOptions)
    const { cursor, signal } = followOptions
    const left = new AbortController()
    const ends = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
    const entries = this.#log("follow", name).follow(cursor, ends)
    return leavable(explained("follow", name, entries), () => left.abort())
  }

  /** The names of the logs, sorted. */
  async listLogs(listOptions: o.ListLogsOptions = {}): Promise<string[]> {
    options.checkList(listOptions)
    const { pattern, signal } = listOptions
    throwIfAborted(signal, "listLogs")
    this.#assertOpen("listLogs")
    const { storage } = this
    const listing =
      storage instanceof FileStorage
        ? logNames(join(storage.directory, "logs")).catch((error) => {
            throw logError("listLogs", "logs", error)
          })
        : storedLogNames(storage)
    const names = await (signal ? unlessAborted(listing, signal, "listLogs") : listing)
    return pattern === undefined ? names : names.filter(globMatcher(pattern))
  }

  /** Whether there is a log `name`. */
  async logExists(name: string, existsOptions: o.LogCallOptions = {}): Promise<boolean> {
    const signal = options.callSignal("logExists", existsOptions)
    return this.#run("logExists", name, signal, (log) => log.exists())
  }

  /** Deletes the log `name`. @returns Whether there was one. */
  async deleteLog(name: string, deleteOptions: o.LogCallOptions = {}): Promise<boolean> {
    const signal = options.callSignal("deleteLog", deleteOptions)
    return this.#run("deleteLog", name, signal, (log) => log.delete())
  }

  /** Waits for the appends that run, and for what a signal left behind, and releases the files, all of them. @throws `ERR_PERSIST_IO` when one cannot be. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#leavable)
    const closing = [...this.#logs].map(async ([name, log]) => {
      await log.close().catch((error) => {
        throw logError("close", name, error)
      })
    })
    this.#logs.clear()
    const ends = await Promise.allSettled(closing)
    await this.#opened.release()
    for (const end of ends) if (end.status === "rejected") throw end.reason
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** What `signal` leaves behind goes on, and must not fail unheard. */
  #run<T>(
    action: string,
    name: string,
    signal: AbortSignal | undefined,
    work: (log: Log) => Promise<T>,
  ): Promise<T> {
    const what = `${action} "${name}"`
    throwIfAborted(signal, what)
    const done = work(this.#log(action, name)).catch((error: unknown) => {
      const explained = logError(action, name, error)
      if (signal?.aborted) this.#options.logger?.error?.(`${what} failed.`, explained)
      throw explained
    })
    if (signal === undefined) return done
    const forget = () => this.#leavable.delete(done)
    this.#leavable.add(done)
    done.then(forget, forget)
    return unlessAborted(done, signal, what)
  }

  #log(action: string, name: string): Log {
    this.#assertOpen(action)
    let log = this.#logs.get(name)
    if (log === undefined) {
      log = this.#make(name)
      this.#logs.set(name, log)
    }
    return log
  }

  #make(name: string): Log {
    const { storage } = this
    const root = storage instanceof FileStorage ? storage.directory : ""
    const path = logPath(join(root, "logs"), name)
    const { durability = "full", logger } = this.#options
    if (!(storage instanceof FileStorage)) {
      return new StorageLog(storage, name, this.#clock, logger)
    }
    return new FileLog(path, {
      name,
      durability,
      logger,
      clock: this.#clock,
      rotation: this.#rotation,
    })
  }

  #assertOpen(action: string): void {
    if (!this.#closed) return
    throw new PersistError(
      "ERR_PERSIST_CLOSED",
      `${action}: this LogManager is closed; open a new one.`,
    )
  }
}
