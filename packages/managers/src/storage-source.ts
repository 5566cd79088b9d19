import type { Logger, Storage } from "@persist/core"
import { invalidOption, kinds } from "@persist/core/options"
import { FileStorage } from "@persist/file"

/** Where a manager keeps its data: in a storage that the caller owns, or in files of its own. */
export interface StorageSource {
  /** Any storage; it stays open when the manager closes. */
  readonly storage?: Storage | undefined
  /** Folder of a `FileStorage` that the manager opens and closes. @default `PERSIST_DIR`, else `.persist-data` */
  readonly directory?: string | URL | undefined
  /** Name of the program: picks the platform's usual folder instead of `directory`. */
  readonly app?: string | undefined
  /** Receives what an operator should know. @default none */
  readonly logger?: Logger | undefined
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: (() => number) | undefined
}

/** The names in `StorageSource`, for a manager's own options check. */
export const storageSourceNames: { readonly [Name in keyof Required<StorageSource>]: true } = {
  storage: true,
  directory: true,
  app: true,
  logger: true,
  clock: true,
}

/** A storage, and how the manager that uses it lets go of it. */
export interface OpenedStorage {
  readonly storage: Storage
  release(): Promise<void>
}

/** Opens what `source` names. @throws `ERR_PERSIST_INVALID_OPTION` when it names both a storage and a folder. */
export function openStorage(source: StorageSource): OpenedStorage {
  const { storage, directory, app, logger, clock } = source
  if (logger !== undefined && !kinds.logger.test(logger)) {
    throw invalidOption("logger", logger, kinds.logger.allowed)
  }
  if (clock !== undefined && typeof clock !== "function") {
    throw invalidOption("clock", clock, "a function that returns milliseconds since the epoch")
  }
  if (storage !== undefined) {
    for (const [option, value] of Object.entries({ directory, app })) {
      if (value === undefined) continue
      throw invalidOption(option, value, 'nothing beside "storage": give one of the two')
    }
    if (typeof storage?.loadEntry !== "function") {
      throw invalidOption("storage", storage, storageHint(storage))
    }
    return { storage, release: async () => {} }
  }
  const owned = new FileStorage({
    ...(directory !== undefined && { directory }),
    ...(app !== undefined && { app }),
    ...(logger && { logger }),
    ...(clock && { clock }),
  })
  return { storage: owned, release: () => owned.close() }
}

/** What to give instead; a whole database is what people try first. */
function storageHint(given: object | null): string {
  const isDatabase = typeof (given as { storage?: unknown } | null)?.storage === "function"
  if (isDatabase) return 'a Storage; one of a database is database.storage("states")'
  return "a Storage, such as new FileStorage({ directory })"
}
