import { readFile } from "node:fs/promises"
import { type Durability, PersistError, writeFileAtomic } from "@persist/atomic"
import { abortedError, optionsCheck, throwIfAborted, toPath } from "@persist/atomic/options"
import { readAnew } from "@persist/atomic/waiting"
import { decodeWith, encodeWith } from "./coding.ts"

/** Options of `Serializer.serialize`. */
export interface SerializeOptions {
  /** What must have survived when the promise resolves. @default "full" */
  readonly durability?: Durability | undefined
  /** Stops before the file is replaced. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `Serializer.deserialize`. */
export interface DeserializeOptions {
  /** Stops reading. */
  readonly signal?: AbortSignal | undefined
}

const checkSerializeOptions = optionsCheck<SerializeOptions>("Serializer.serialize", {
  durability: true,
  signal: true,
})
const checkDeserializeOptions = optionsCheck<DeserializeOptions>("Serializer.deserialize", {
  signal: true,
})

/**
 * A data format. A new format is one class with three members, `fileExtension`,
 * `encode` and `decode`, and works at once with every storage.
 */
export abstract class Serializer<T = unknown> {
  /**
   * The extension of files in this format, with its dot; wrappers append theirs (`.json.zst`). A dot, a letter
   * and up to 30 letters, digits, `_` or `-`, once more for each layer; at most 60 characters in all.
   */
  abstract readonly fileExtension: string

  /**
   * Turns a value into bytes, without side effects; into new ones at each call, since a storage keeps them until
   * they are written.
   *
   * @throws `ERR_PERSIST_ENCODE` with the path inside the value, such as `$.items[3].when`,
   * for what the format cannot hold unchanged.
   */
  abstract encode(value: T): Uint8Array

  /**
   * Turns bytes back into the value. Never runs code from the bytes, never touches a prototype.
   *
   * @throws `ERR_PERSIST_DECODE` for damaged bytes, `ERR_PERSIST_LIMIT` past a limit,
   * `ERR_PERSIST_INVALID_ARGUMENT` for what is no Uint8Array.
   */
  abstract decode(bytes: Uint8Array): T

  /**
   * Encodes `value` and replaces the file at `path` with it, atomically and durably.
   *
   * @throws `ERR_PERSIST_ENCODE`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_INVALID_ARGUMENT`
   * for what is no path; the file is then unchanged.
   */
  async serialize(value: T, path: string | URL, options: SerializeOptions = {}): Promise<void> {
    checkSerializeOptions(options)
    toPath(path)
    throwIfAborted(options.signal, `Writing ${path}`)
    const bytes = encodeWith(this, value)
    try {
      await writeFileAtomic(path, bytes, options)
    } catch (error) {
      throw fileError(error, "write", path, options.signal)
    }
  }

  /**
   * Reads the file at `path` and decodes it.
   *
   * @throws `ERR_PERSIST_NOT_FOUND`, `ERR_PERSIST_DECODE`, `ERR_PERSIST_LIMIT`, `ERR_PERSIST_IO`,
   * `ERR_PERSIST_ABORTED`, `ERR_PERSIST_INVALID_ARGUMENT` for what is no path.
   */
  async deserialize(path: string | URL, options: DeserializeOptions = {}): Promise<T> {
    checkDeserializeOptions(options)
    toPath(path)
    throwIfAborted(options.signal, `Reading ${path}`)
    let bytes: Uint8Array
    try {
      bytes = await readAnew(() => readFile(path, options))
    } catch (error) {
      throw fileError(error, "read", path, options.signal)
    }
    try {
      return decodeWith(this as Serializer, bytes) as T
    } catch (error) {
      if (!PersistError.is(error)) throw error
      throw new PersistError(error.code, `${path}: ${error.message}`, {
        cause: error,
        path: String(path),
        details: error.details,
      })
    }
  }
}

function fileError(
  error: unknown,
  action: "read" | "write",
  path: string | URL,
  signal: AbortSignal | undefined,
): PersistError {
  if (PersistError.is(error)) return error
  if (signal?.aborted) return abortedError(signal, `The ${action} of ${path}`)
  const { code, message } = error as NodeJS.ErrnoException
  const options = { cause: error, path: String(path) }
  if (code === "ENOENT" && action === "read") {
    return new PersistError("ERR_PERSIST_NOT_FOUND", `There is no file ${path}.`, options)
  }
  return new PersistError("ERR_PERSIST_IO", `Cannot ${action} ${path}: ${message}`, options)
}
