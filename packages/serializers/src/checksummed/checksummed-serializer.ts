import { hash } from "node:crypto"
import * as zlib from "node:zlib"
import { PersistError, Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import { encodedBy, requireBytes } from "@persist/core/values"
import { requireSerializer } from "../layers/require-serializer.ts"

/** How a checksum is made. */
export type ChecksumAlgorithm = "sha256" | "crc32"

/** Options of `checksummed`. */
export interface ChecksummedOptions {
  /** `"sha256"` finds any change; `"crc32"` is faster and misses one in four thousand million. @default "sha256" */
  readonly algorithm?: ChecksumAlgorithm | undefined
}

const checkOptions = optionsCheck<ChecksummedOptions>("checksummed", { algorithm: true })

const digests: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ["sha256", (bytes: Uint8Array) => hash("sha256", bytes, "hex")],
  ["crc32", (bytes: Uint8Array) => zlib.crc32(bytes).toString(16).padStart(8, "0")],
])

/** The first line of every file: what it is, the form's version, the algorithm, the digest of the rest. */
const checksumLine = /^persist\/checksum 1 (sha256|crc32) ([0-9a-f]{8}|[0-9a-f]{64})$/

const magicOf1 = "persist/checksum 1 "
const laterVersion = /^persist\/checksum ([2-9]|[1-9][0-9]{1,3}) /

const longestLine = 100

/** A serializer around another that finds damage before the inner one reads anything; made by `checksummed`. */
export class ChecksummedSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string
  readonly #inner: Serializer<T>
  readonly #algorithm: ChecksumAlgorithm

  constructor(inner: Serializer<T>, options: ChecksummedOptions = {}) {
    super()
    requireSerializer(inner)
    checkOptions(options)
    const { algorithm = "sha256" } = options
    if (!digests.has(algorithm)) throw invalidOption("algorithm", algorithm, '"sha256" or "crc32"')
    this.fileExtension = `${inner.fileExtension}.sum`
    this.#inner = inner
    this.#algorithm = algorithm
  }

  override encode(value: T): Uint8Array {
    const body = encodedBy(this.#inner, value)
    const digest = digests.get(this.#algorithm)!(body)
    const line = `persist/checksum 1 ${this.#algorithm} ${digest}\n`
    const bytes = new Uint8Array(line.length + body.length)
    bytes.set(Buffer.from(line, "latin1"))
    bytes.set(body, line.length)
    return bytes
  }

  /** @throws `ERR_PERSIST_CORRUPT` when the bytes are not those that were written, `ERR_PERSIST_NEWER` for a later form. */
  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    return this.#inner.decode(verified(bytes))
  }
}

/** Puts a checksum before what `inner` writes: `.json.sum`; the rest of the file stays as it was. */
export function checksummed<T>(
  inner: Serializer<T>,
  options: ChecksummedOptions = {},
): ChecksummedSerializer<T> {
  return new ChecksummedSerializer(inner, options)
}

/** What follows the first line, when the digest in it is right. */
export function verified(bytes: Uint8Array): Uint8Array {
  const start = Buffer.from(bytes.subarray(0, longestLine)).toString("latin1")
  const end = start.indexOf("\n")
  const line = end < 0 ? "" : start.slice(0, end)
  const body = bytes.subarray(end + 1)
  const problem = mismatch(line, body)
  if (problem === undefined) return body
  // The line of a later form may be longer.
  const [, version] = laterVersion.exec(start) ?? []
  // Unless all that changed is the version.
  if (version === undefined || mismatch(line.replace(laterVersion, magicOf1), body) === undefined)
    throw corrupt(problem)
  throw new PersistError(
    "ERR_PERSIST_NEWER",
    `The data has a checksum in version ${version} of the form; this program reads version 1. Update it.`,
  )
}

/** Why the first line is not that of the body, if it is not. */
function mismatch(line: string, body: Uint8Array): string | undefined {
  const [, algorithm, digest] = checksumLine.exec(line) ?? []
  if (algorithm === undefined) return "its first line holds no checksum"
  return digests.get(algorithm)!(body) === digest ? undefined : `its ${algorithm} is another one`
}

function corrupt(problem: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `The data was changed after it was written: ${problem}.`,
  )
}
