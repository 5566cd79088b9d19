import { type Kinds, kinds, valuesCheck } from "@persist/core/options"

/** Something that `verify` found. */
export interface Problem {
  /**
   * `"damaged"`: the current value cannot be read back; `"damaged-copy"`: a version or backup cannot;
   * `"superseded"`: a file of a key whose value lies in another one; `"unreadable"`: the system
   * does not let the file, or a whole folder, be read, or it is a link out of the storage, or the
   * value of a very long key that has been lost, so that no list names it.
   */
  readonly kind: "damaged" | "damaged-copy" | "superseded" | "unreadable"
  /** Of a folder that cannot be read: the subfolder, or the key, that it is for; `""` where its name does not say. */
  readonly key: string
  /** Absolute. */
  readonly path: string
  /** Why, where there is an error that says so. */
  readonly reason?: unknown
}

/** How far `verify` or `repair` has come. */
export interface VerifyProgress {
  /** Files looked at: current values, versions and backups. */
  readonly files: number
  readonly problems: number
  /** The key that was looked at last. */
  readonly key: string
}

/** Options of `FileStorage.verify` and `repair`. */
export interface VerifyOptions {
  /** Only keys below this folder. @default every key */
  readonly subfolder?: string | undefined
  /** Called now and then, and at the end. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined
  /** Ends the walk with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** What `FileStorage.verify` found. */
export interface VerifyReport {
  /** Files looked at: current values, versions and backups. */
  readonly files: number
  readonly problems: readonly Problem[]
}

/** What `FileStorage.repair` did. */
export interface RepairReport {
  readonly files: number
  /** What is well again. */
  readonly mended: readonly Problem[]
  /** What cannot be mended: damaged values without a whole version or backup, what the system refuses. */
  readonly remaining: readonly Problem[]
}

const verifyKinds: Kinds<VerifyOptions> = {
  subfolder: kinds.anything,
  onProgress: kinds.callback,
  signal: kinds.signal,
}

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export const checkVerify: (options: VerifyOptions) => void = valuesCheck("verify", verifyKinds)
/** @throws `ERR_PERSIST_INVALID_OPTION` */
export const checkRepair: (options: VerifyOptions) => void = valuesCheck("repair", verifyKinds)
