import type { Duration } from "@persist/core"
import { invalidOption, optionsCheck, toMilliseconds } from "@persist/core/options"

/** When a log goes on in a new file, and what becomes of the old ones. */
export interface RotationOptions {
  /** Bytes after which a file is sealed. @default 64 MiB */
  readonly maxSize?: number | undefined
  /** Time after which a file is sealed, counted from when it was begun, by whatever process. @default never */
  readonly maxAge?: Duration | undefined
  /** Compress sealed files with gzip. @default true */
  readonly compress?: boolean | undefined
  /** Sealed files that are kept. @default Infinity */
  readonly keepFiles?: number | undefined
  /** Files that nobody writes any more are removed so long after their last entry. @default never */
  readonly keepFor?: Duration | undefined
}

/** Rotation with its defaults, in bytes and milliseconds. */
export interface Rotation {
  readonly maxSize: number
  readonly maxAge: number
  readonly compress: boolean
  readonly keepFiles: number
  readonly keepFor: number
}

const check = optionsCheck<RotationOptions>("rotation", {
  maxSize: true,
  maxAge: true,
  compress: true,
  keepFiles: true,
  keepFor: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readRotation(options: RotationOptions = {}): Rotation {
  check(options)
  const never = Number.POSITIVE_INFINITY
  const { maxSize = 2 ** 26, maxAge = never, compress = true } = options
  const { keepFiles = never, keepFor = never } = options
  if (typeof maxSize !== "number" || !(maxSize >= 1))
    throw invalidOption("rotation.maxSize", maxSize, "bytes, from 1")
  if (typeof compress !== "boolean") {
    throw invalidOption("rotation.compress", compress, "true or false")
  }
  if (!(keepFiles === never || (Number.isInteger(keepFiles) && keepFiles >= 0))) {
    throw invalidOption("rotation.keepFiles", keepFiles, "whole numbers from 0")
  }
  return {
    maxSize,
    maxAge: toMilliseconds(maxAge, "rotation.maxAge"),
    compress,
    keepFiles,
    keepFor: toMilliseconds(keepFor, "rotation.keepFor"),
  }
}
