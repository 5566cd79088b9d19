import { invalidOption, optionsCheck } from "@persist/atomic/options"
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

interface Kind {
  readonly allowed: string
  test(value: unknown): boolean
}

type Names<Options> = { readonly [Name in keyof Required<Options>]: true }
type Kinds<Options> = { readonly [Name in keyof Required<Options>]: Kind }

function has(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[method] === "function"
}

function isSerializer(value: unknown): boolean {
  return has(value, "encode") && has(value, "decode")
}

const anything: Kind = { allowed: "anything", test: () => true }
const flag: Kind = { allowed: "true or false", test: (value) => typeof value === "boolean" }
const text: Kind = { allowed: "a string", test: (value) => typeof value === "string" }
const clock: Kind = { allowed: "a function", test: (value) => typeof value === "function" }
const logger: Kind = {
  allowed: "an object with methods such as warn",
  test: (value) => typeof value === "object" && value !== null,
}
const serializer: Kind = { allowed: "a Serializer", test: isSerializer }
const serializers: Kind = {
  allowed: "an array of Serializers",
  test: (value) => Array.isArray(value) && value.every(isSerializer),
}
const signal: Kind = {
  allowed: "an AbortSignal",
  test: (value) => has(value, "addEventListener") && "aborted" in (value as object),
}
const revision: Kind = {
  allowed: "a revision or null",
  test: (value) => typeof value === "string" || value === null,
}

/** Makes the check of one options object: known names, each with a value of its kind. */
function check<Options extends object>(
  owner: string,
  kinds: Kinds<Options>,
): (options: Options) => void {
  const names = Object.fromEntries(Object.keys(kinds).map((name) => [name, true]))
  const checkNames = optionsCheck<Options>(owner, names as Names<Options>)
  return (options) => {
    checkNames(options)
    for (const name in options) {
      const value = options[name]
      const kind = kinds[name as keyof Options]
      if (value === undefined || kind.test(value)) continue
      throw invalidOption(`${owner}: ${name}`, value, kind.allowed)
    }
  }
}

const fence: Kind = {
  allowed: "a fencing token: a whole number from 0 to Number.MAX_SAFE_INTEGER",
  test: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
}

// Keys, subfolders and durations are checked where they are read.
const key = { subfolder: anything, signal }
const write = { ...key, serializer, version: flag, backup: flag, ttl: anything, fence }

export const checkSave: (options: SaveOptions) => void = check<SaveOptions>("save", {
  ...write,
  ifRevision: revision,
})
export const checkLoad: (options: LoadOptions) => void = check<LoadOptions>("load", {
  ...{ ...key, serializer },
  version: text,
  default: anything,
})
export const checkDelete: (options: DeleteOptions) => void = check<DeleteOptions>("delete", {
  ...{ ...key, backup: flag, history: flag, fence },
  ifRevision: text,
})
export const checkStat: (options: StatOptions) => void = check<StatOptions>("stat", key)
export const checkList: (options: ListOptions) => void = check<ListOptions>("list", {
  ...key,
  pattern: text,
})
export const checkUpdate: (options: UpdateOptions) => void = check<UpdateOptions>("update", {
  ...write,
  default: anything,
  timeout: anything,
})
export const checkWatch: (options: WatchOptions) => void = check<WatchOptions>("watch", {
  ...key,
  key: anything,
})
export const checkRestore: (options: RestoreOptions) => void = check<RestoreOptions>("restore", {
  ...key,
  backup: flag,
  fence,
})

const storageKinds: Kinds<StorageOptions> = {
  ...{ serializer, serializers, logger, clock },
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
