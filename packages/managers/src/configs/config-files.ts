import { KeyQueue, PersistError, retryConflicts, type Storage, saveAtOnce } from "@persist/core"
import { nextTurn, throwIfAborted } from "@persist/core/options"
import { ConfigBytes, type FileBytes } from "./config-bytes.ts"
import { type ConfigFile, StoredFile } from "./config-file.ts"
import { configSerializers } from "./config-serializers.ts"
import { formatExtensions, formatOf } from "./formats/formats.ts"
import { namedError } from "./naming-errors.ts"
import { UntouchedFiles } from "./untouched-files.ts"

/** What a change makes of a configuration. */
export interface NextConfig {
  readonly bytes: Uint8Array
  /** Runs while the bytes are on their way to the disk. */
  readonly meanwhile?: () => void
  /** Runs when they are there. */
  readonly done?: () => void
}

/** How a configuration is written. */
export interface WriteIntent {
  readonly backup?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

interface Planned {
  readonly current: ConfigFile
  readonly made: NextConfig
}

type NextOf = (current: ConfigFile | undefined) => NextConfig | undefined

const subfolder = "configs"

/** Bytes that a storage may write before it gives others a turn. */
const mostAtOnce = 65_536

/** The texts of configurations under `configs/` of a storage. */
export class ConfigFiles {
  readonly storage: Storage
  readonly #preferred: string
  readonly #untouched = new UntouchedFiles()
  readonly #updates = new KeyQueue()

  /** @param preferred The extension of what is not there yet. */
  constructor(storage: Storage, preferred: string) {
    this.storage = storage
    this.#preferred = preferred
    storage.addFormats(...configSerializers())
  }

  /** The configuration `name` in whatever format it is. */
  async read(name: string, signal: AbortSignal | undefined): Promise<ConfigFile | undefined> {
    const found = await this.#readAs(name, this.#preferred, signal).catch(async (error) => {
      if (!PersistError.is(error, "ERR_PERSIST_FORMAT")) throw error
      const entry = await this.storage.stat(name, { subfolder, ...(signal && { signal }) })
      if (entry === undefined || formatOf(entry.format) === undefined) throw error
      return this.#readAs(name, entry.format, signal)
    })
    return found && new StoredFile(found.value.bytes, found.entry)
  }

  /** `read` for programs that cannot wait. */
  readSync(name: string, signal: AbortSignal | undefined): ConfigFile | undefined {
    for (const extension of [this.#preferred, ...formatExtensions]) {
      try {
        const found = this.storage.loadSync<FileBytes>(name, {
          subfolder,
          serializer: new ConfigBytes(extension),
          ...(signal && { signal }),
        })
        if (found === undefined) return undefined
        const { bytes } = found
        return new StoredFile(bytes, {
          key: name,
          size: bytes.length,
          revision: "",
          savedAt: new Date(),
          format: extension,
        })
      } catch (error) {
        if (!PersistError.is(error, "ERR_PERSIST_FORMAT")) throw error
      }
    }
    return undefined
  }

  /**
   * Replaces the text of `name` by what `change` makes of it, as one step against all writers: the
   * text is read again when somebody else wrote in between.
   */
  async write(name: string, change: NextOf, intent: WriteIntent, timeout: number): Promise<void> {
    const what = `Updating the configuration "${String(name)}"`
    const { signal } = intent
    const next = (file: ConfigFile | undefined) => {
      try {
        return change(file)
      } catch (error) {
        throw namedError(`The configuration "${name}"`, { key: name }, error)
      }
    }
    throwIfAborted(signal, what)
    // A hot path: mostly nobody else is at it, here or elsewhere.
    let planned = this.#updates.has(name) ? undefined : this.#plan(name, next)
    try {
      if (planned !== undefined && this.#putAtOnce(name, planned, intent)) return
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
      planned = undefined
    }
    const attempt = () => {
      const first = planned ?? this.#plan(name, next)
      planned = undefined
      return this.#attempt(name, first, next, intent)
    }
    await this.#updates.run(name, what, { timeout, signal }, (limits) =>
      retryConflicts(what, limits, attempt),
    )
  }

  /** What becomes of a file that nobody has touched since it was written here; undefined where nothing does. */
  #plan(name: string, next: NextOf): Planned | undefined {
    // A revision that is not the file's any more is a conflict; what writes nothing would not notice.
    const current = this.#untouched.take(name)
    if (current === undefined) return undefined
    const made = next(current)
    return made && { current, made }
  }

  async #attempt(
    name: string,
    first: Planned | undefined,
    next: NextOf,
    intent: WriteIntent,
  ): Promise<void> {
    if (first !== undefined) return await this.#put(name, first.current, first.made, intent)
    const current = await this.read(name, intent.signal)
    const made = next(current)
    if (made !== undefined) await this.#put(name, current, made, intent)
  }

  /** @returns Whether it is done; otherwise nothing has happened. */
  #putAtOnce(
    name: string,
    { current, made: { bytes, meanwhile, done } }: Planned,
    { backup, signal }: WriteIntent,
  ): boolean {
    if (backup || signal !== undefined) return false
    const { format, revision } = current.entry
    const value = { subfolder, key: name, bytes, format, ifRevision: revision }
    const entry = saveAtOnce(this.storage, value)
    if (entry === undefined) return false
    meanwhile?.()
    done?.()
    this.#untouched.keep(name, new StoredFile(bytes, entry))
    return true
  }

  /**
   * Replaces one text by another.
   *
   * @param before Undefined: there must be none.
   * @throws `ERR_PERSIST_CONFLICT` when it is another one by now.
   */
  async replace(name: string, before: string | undefined, text: string): Promise<void> {
    const current = await this.read(name, undefined)
    if (current?.text !== before) {
      throw new PersistError("ERR_PERSIST_CONFLICT", `"${name}" was changed while it was edited.`)
    }
    await this.storage.save<FileBytes>(
      name,
      { bytes: Buffer.from(text) },
      {
        subfolder,
        serializer: new ConfigBytes(current?.entry.format ?? this.#preferred),
        ifRevision: current?.entry.revision ?? null,
      },
    )
  }

  async #put(
    name: string,
    current: ConfigFile | undefined,
    { bytes, meanwhile, done }: NextConfig,
    { backup = false, signal }: WriteIntent,
  ): Promise<void> {
    const value: FileBytes = { bytes }
    const serializer = new ConfigBytes(current?.entry.format ?? this.#preferred)
    const ifRevision = current?.entry.revision ?? null
    const keepsBackup = backup && this.storage.supports.history
    const options = { subfolder, serializer, ifRevision, backup: keepsBackup, signal }
    const saving = this.storage.save<FileBytes>(name, value, options)
    if (bytes.length <= mostAtOnce) meanwhile?.()
    // Waited for whatever happens meanwhile. By the next turn the disk is at work with so much.
    else if (meanwhile) await Promise.all([saving, nextTurn().then(meanwhile)])
    const entry = await saving
    done?.()
    this.#untouched.keep(name, new StoredFile(bytes, entry))
  }

  #readAs(name: string, extension: string, signal: AbortSignal | undefined) {
    return this.storage.loadEntry<FileBytes>(name, {
      subfolder,
      serializer: new ConfigBytes(extension),
      ...(signal && { signal }),
    })
  }
}
