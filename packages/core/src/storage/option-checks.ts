import { PersistError } from "@persist/atomic"
import { invalidOption } from "@persist/atomic/options"
import { type Kinds, kinds, valuesCheck } from "./option-kinds.ts"
import type {
  DeleteOptions,
  ListOptions,
  LoadOptions,
  RestoreOptions,
  SaveOptions,
  StatOptions,
  StorageOptions,
  UpdateOptions,
  WatchOptions,
} from "./options.ts"

const { anything, callback, fence, flag, logger, revision, serializer, serializers, signal, text } =
  kinds

// Keys, subfolders and durations are checked where they are read.
const key = { subfolder: anything, signal }
const write = { ...key, serializer, version: flag, backup: flag, ttl: anything, fence }

export const checkSave: (options: SaveOptions) => void = valuesCheck<SaveOptions>("save", {
  ...write,
  ifRevision: revision,
})
export const checkLoad: (options: LoadOptions) => void = valuesCheck<LoadOptions>("load", {
  ...{ ...key, serializer },
  version: text,
  default: anything,
})
const checkDeleteValues: (options: DeleteOptions) => void = valuesCheck<DeleteOptions>("delete", {
  ...{ ...key, backup: flag, history: flag, fence },
  ifRevision: text,
})
export function checkDelete(options: DeleteOptions): void {
  checkDeleteValues(options)
  if (!options.backup || !options.history) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    "delete: backup keeps the deleted value in the history, and history removes all of that; give one of them.",
  )
}
export const checkStat: (options: StatOptions) => void = valuesCheck<StatOptions>("stat", key)
export const checkList: (options: ListOptions) => void = valuesCheck<ListOptions>("list", {
  ...key,
  pattern: text,
})
export const checkUpdate: (options: UpdateOptions) => void = valuesCheck<UpdateOptions>("update", {
  ...write,
  default: anything,
  timeout: anything,
})
export const checkWatch: (options: WatchOptions) => void = valuesCheck<WatchOptions>("watch", {
  ...key,
  key: anything,
})
export const checkRestore: (options: RestoreOptions) => void = valuesCheck<RestoreOptions>(
  "restore",
  {
    ...key,
    backup: flag,
    fence,
  },
)

const storageKinds: Kinds<StorageOptions> = {
  ...{ serializer, serializers, logger, clock: callback },
  keep: anything,
  maxAge: anything,
}

/** The values of the options that every storage takes; their names are the backend's to check. */
export function checkStorageOptions(options: StorageOptions): void {
  for (const [name, kind] of Object.entries(storageKinds)) {
    const value = options[name as keyof StorageOptions]
    if (value === undefined || kind.test(value)) continue
    throw invalidOption(name, value, kind.allowed)
  }
}
