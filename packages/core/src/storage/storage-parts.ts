import { PersistError } from "@persist/atomic"
import type { Serializer } from "../serializer.ts"
import { renamed } from "./backend-mistake.ts"
import type { Change, Entry, HistoryEntry } from "./entry.ts"
import type { FormatRegistry } from "./format-registry.ts"
import type { Operations } from "./operations.ts"
import type { Logger } from "./options.ts"
import type {
  DeleteRequest,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "./primitives.ts"
import type { ValueCodec } from "./value-codec.ts"

type Signal = AbortSignal | undefined

/** The primitives of one backend as the parts of its storage call them; see `StorageBackend`. */
export interface Primitives {
  readonly writesLater: boolean
  read(key: string, signal: Signal): Promise<StoredValue | undefined>
  write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry>
  writeAtOnce(key: string, bytes: Uint8Array, request: WriteRequest): Entry | undefined
  delete(key: string, request: DeleteRequest): Promise<boolean>
  update(key: string, request: UpdateRequest): Promise<Entry>
  stat(key: string, signal: Signal): Promise<Entry | undefined>
  keys(request: ScanRequest): Promise<string[]>
  entries(request: ScanRequest): AsyncIterable<Entry>
  watch(request: ScanRequest): AsyncIterable<Change>
  history(key: string, signal: Signal): Promise<readonly HistoryEntry[]>
  readHistory(key: string, id: string, signal: Signal): Promise<StoredValue | undefined>
  settle(key: string, damaged: StoredValue, signal: AbortSignal | undefined): Promise<boolean>
  quarantine(key: string, damaged: StoredValue, reason: unknown): Promise<void>
  readSync(key: string): StoredValue | undefined
  writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry
  historySync(key: string): readonly HistoryEntry[]
  readHistorySync(key: string, id: string): StoredValue | undefined
}

/** What the parts of one storage (writing, reading, listing, history) share. */
export interface StorageParts {
  readonly backend: Primitives
  readonly operations: Operations
  readonly codec: ValueCodec
  readonly formats: FormatRegistry
  readonly logger: Logger | undefined
}

const partsByStorage = new WeakMap<object, StorageParts>()

/** Makes the parts of a storage known to the functions that work on two of them. */
export function keepParts(storage: object, parts: StorageParts): void {
  partsByStorage.set(storage, parts)
}

/** @throws `ERR_PERSIST_INVALID_ARGUMENT` for what is no storage of this copy of the package. */
export function partsOf(storage: object): StorageParts {
  const parts = partsByStorage.get(storage)
  if (parts !== undefined) return parts
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    "That is no Storage of this @persist/core; is the package installed twice?",
  )
}

/** An entry under the key that the caller used. */
export function named(entry: Entry, key: string): Entry {
  return entry?.key === key ? entry : renamed(entry, key)
}

/** How one value is to be read. */
export interface ReadIntent {
  readonly key: string
  readonly serializer: Serializer | undefined
  readonly signal: Signal
}

/** What an operation that a backend adds is about: one key, or everything below a folder. */
export interface BackendOperation {
  readonly key?: string | undefined
  readonly subfolder?: string | undefined
  readonly signal?: AbortSignal | undefined
}
