import type { FileSystem } from "./file-system.ts"
import type { Lock } from "./locks/lock.ts"
import { checkFileSystem, nodeFileSystem } from "./node-file-system.ts"
import { checkFunction, checkSignal } from "./option-values.ts"
import { invalidOption, optionsCheck } from "./options.ts"

/**
 * What must have survived when a write's promise resolves.
 *
 * | level | killed process | power cut | what it costs |
 * |---|---|---|---|
 * | `"full"` | new content | new content | two syncs: the file's, the folder's |
 * | `"file"` | new content | old content or new content | one sync |
 * | `"none"` | new content | old, new, or on some file systems an empty file | none |
 */
export type Durability = "full" | "file" | "none"

/** Options of `stageFile` and its synchronous twin. */
export interface StageFileOptions {
  /** What must have survived when the commit's promise resolves. @default "full" */
  readonly durability?: Durability | undefined
  /** Permission bits of the new file. @default those of the file that is replaced, else 0o666 minus the umask */
  readonly mode?: number | undefined
  /**
   * Folder of the temporary file, on the same file system; created when it is missing. One folder for all
   * temporary files is quickly swept. @default the folder of the file that is replaced
   */
  readonly temporaryFolder?: string | undefined
  /** Is told of each symbolic link to a file, absolute, before it is followed; what it throws is thrown, and nothing is written. */
  readonly followLink?: ((link: string) => void) | undefined
  /** Stops before the commit; the old file stays. */
  readonly signal?: AbortSignal | undefined
  /** The file system calls to use, for tests. @default Node's */
  readonly fileSystem?: FileSystem | undefined
}

/** Options of `writeFileAtomic` and its synchronous twin. */
export interface WriteFileAtomicOptions extends StageFileOptions {
  /** A lock that must still be held at the moment of the commit, or the old file stays. */
  readonly lock?: Pick<Lock, "assertHeld"> | undefined
  /** Runs directly before the commit; what it throws keeps the old file. It must not wait. */
  readonly beforeCommit?: (() => void) | undefined
}

/** Options that a write has decided on. */
export interface WriteSettings {
  readonly durability: Durability
  readonly mode: number | undefined
  readonly temporaryFolder: string | undefined
  readonly followLink: ((link: string) => void) | undefined
  readonly signal: AbortSignal | undefined
  readonly fileSystem: FileSystem
}

const stageNames = {
  durability: true,
  mode: true,
  temporaryFolder: true,
  followLink: true,
  signal: true,
  fileSystem: true,
} as const

const checkStage = optionsCheck<StageFileOptions>("stageFile", stageNames)
const checkWrite = optionsCheck<WriteFileAtomicOptions>("writeFileAtomic", {
  ...stageNames,
  lock: true,
  beforeCommit: true,
})

const defaults: WriteSettings = Object.freeze({
  durability: "full",
  mode: undefined,
  temporaryFolder: undefined,
  followLink: undefined,
  signal: undefined,
  fileSystem: nodeFileSystem,
})

const known = /* @__PURE__ */ new WeakMap<StageFileOptions, WriteSettings>()

/** Checks and completes the options of `stageFile`: those that are frozen, once. */
export function stageSettings(options: StageFileOptions | undefined): WriteSettings {
  if (options === undefined) return defaults
  const before = known.get(options)
  if (before !== undefined) return before
  checkStage(options)
  const settings = complete(options)
  if (Object.isFrozen(options)) known.set(options, settings)
  return settings
}

/** Checks and completes the options of `writeFileAtomic`. */
export function writeSettings(options: WriteFileAtomicOptions | undefined): WriteSettings {
  if (options === undefined) return defaults
  checkWrite(options)
  const { lock, beforeCommit } = options
  checkFunction("beforeCommit", beforeCommit)
  if (lock !== undefined && typeof lock?.assertHeld !== "function") {
    throw invalidOption("lock", lock, "a lock: what lock() resolves to")
  }
  return complete(options)
}

function complete(options: StageFileOptions): WriteSettings {
  const { durability = "full", mode, temporaryFolder, followLink, signal } = options
  const { fileSystem = nodeFileSystem } = options
  if (durability !== "full" && durability !== "file" && durability !== "none") {
    throw invalidOption("durability", durability, '"full", "file", "none"')
  }
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw invalidOption("mode", mode, "an integer between 0 and 0o7777")
  }
  checkSignal(signal)
  checkFunction("followLink", followLink)
  checkFileSystem(fileSystem)
  if (temporaryFolder !== undefined && !isFolderName(temporaryFolder)) {
    throw invalidOption("temporaryFolder", temporaryFolder, "a non-empty path")
  }
  return { durability, mode, temporaryFolder, followLink, signal, fileSystem }
}

function isFolderName(folder: unknown): boolean {
  return typeof folder === "string" && folder !== "" && !folder.includes("\0")
}
