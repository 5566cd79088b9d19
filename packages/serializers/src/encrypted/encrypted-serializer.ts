import { timingSafeEqual } from "node:crypto"
import { types } from "node:util"
import { PersistError, Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import {
  encodedBy,
  type Limits,
  limitError,
  type ResolvedLimits,
  requireBytes,
  resolveLimits,
} from "@persist/core/values"
import { requireSerializer } from "../layers/require-serializer.ts"
import { decryptChunks, encryptChunks } from "./chunks.ts"
import {
  damagedEnvelope,
  type Envelope,
  leastLogChunk,
  mostLogChunk,
  readEnvelope,
  writeEnvelope,
} from "./envelope.ts"
import { FileKey, unwrap, wrap } from "./file-key.ts"
import {
  type EncryptionKey,
  KeyRing,
  type KeySource,
  Passphrase,
  type ScryptCost,
} from "./key-source.ts"

/** Options of `encrypted`: either `keys` or `passphrase`. */
export interface EncryptedOptions {
  /** Key-encryption keys of 32 bytes by their ids, which files name; null marks one as retired. */
  readonly keys?: Readonly<Record<string, EncryptionKey | null>> | undefined
  /** The id of the key for new files. @default the only key */
  readonly current?: string | undefined
  /** Derives the key instead. Anyone can guess at it offline: make it long. */
  readonly passphrase?: string | undefined
  /** What a guess at the passphrase costs. */
  readonly scrypt?: ScryptCost | undefined
  /** What the data is for, such as a tenant and a purpose; reading with another context fails. @default "" */
  readonly context?: string | Uint8Array | undefined
  /** Bytes encrypted under one tag, a power of two from 4 KiB to 16 MiB. @default 1_048_576 */
  readonly chunkSize?: number | undefined
  /** `bytes` bounds what is encrypted. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<EncryptedOptions>("encrypted", {
  keys: true,
  current: true,
  passphrase: true,
  scrypt: true,
  context: true,
  chunkSize: true,
  limits: true,
})

/** A serializer around another that encrypts its bytes; made by `encrypted`. */
export class EncryptedSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string
  readonly #inner: Serializer<T>
  readonly #source: KeySource
  readonly #context: Uint8Array
  readonly #logChunk: number
  readonly #limits: ResolvedLimits

  constructor(inner: Serializer<T>, options: EncryptedOptions) {
    super()
    requireSerializer(inner)
    checkOptions(options)
    const { keys, passphrase, context = "", chunkSize = 2 ** 20 } = options ?? {}
    if ((keys === undefined) === (passphrase === undefined))
      throw invalidOption("keys", keys, "either keys or a passphrase")
    if (!types.isUint8Array(context) && !(typeof context === "string" && context.isWellFormed()))
      throw invalidOption("context", context, "bytes, or a string without lone surrogates")
    const logChunk = typeof chunkSize === "number" ? Math.log2(chunkSize) : Number.NaN
    if (!Number.isInteger(logChunk) || logChunk < leastLogChunk || logChunk > mostLogChunk)
      throw invalidOption("chunkSize", chunkSize, "a power of two from 4096 to 16777216")
    this.fileExtension = `${inner.fileExtension}.enc`
    this.#inner = inner
    this.#source =
      keys === undefined
        ? new Passphrase(passphrase!, options.scrypt)
        : new KeyRing(keys, options.current)
    this.#context = typeof context === "string" ? Buffer.from(context) : new Uint8Array(context)
    this.#logChunk = logChunk
    this.#limits = resolveLimits(options.limits)
  }

  /** Encrypts what the inner serializer writes, under a key of its own, which the current key wraps. */
  override encode(value: T): Uint8Array {
    const plain = encodedBy(this.#inner, value)
    if (plain.length > this.#limits.bytes) throw limitError("bytes", this.#limits, "$")
    const fileKey = new FileKey()
    const head = this.#envelope(fileKey, this.#logChunk, fileKey.contextTag(this.#context))
    return encryptChunks(head, plain, fileKey.payload(this.#context), 2 ** this.#logChunk)
  }

  /**
   * Decrypts, then decodes.
   *
   * @throws `ERR_PERSIST_DECODE` for bytes that were changed, cut off or moved;
   * `ERR_PERSIST_UNKNOWN_KEY` and `ERR_PERSIST_RETIRED_KEY` for a key that this serializer has not;
   * `ERR_PERSIST_DECRYPT` for a wrong key, passphrase or context.
   */
  override decode(bytes: Uint8Array): T {
    const { fileKey, envelope, length } = this.#open(bytes)
    if (!timingSafeEqual(fileKey.contextTag(this.#context), envelope.contextTag)) {
      throw new PersistError(
        "ERR_PERSIST_DECRYPT",
        'The data was encrypted for another "context" than this serializer\'s.',
      )
    }
    const body = bytes.subarray(length)
    if (body.length - 16 > this.#limits.bytes * 2)
      throw limitError("bytes", this.#limits, "The encrypted data")
    const plain = decryptChunks(body, fileKey.payload(this.#context), 2 ** envelope.logChunk)
    if (plain.length > this.#limits.bytes)
      throw limitError("bytes", this.#limits, "The encrypted data")
    return this.#inner.decode(plain)
  }

  /** The id of the key that wraps these bytes; undefined when it comes from a passphrase. */
  keyIdOf(bytes: Uint8Array): string | undefined {
    requireBytes(bytes)
    const { envelope } = readEnvelope(bytes)
    return envelope.scrypt === undefined ? envelope.keyId : undefined
  }

  /**
   * Rotates the key: wraps the same file key under the current key. The payload is not decrypted,
   * and stays as it was byte for byte.
   *
   * @throws as `decode` does, except that the payload is not looked at.
   */
  rewrap(bytes: Uint8Array): Uint8Array {
    const { fileKey, envelope, length } = this.#open(bytes)
    const head = this.#envelope(fileKey, envelope.logChunk, envelope.contextTag)
    const result = new Uint8Array(head.length + bytes.length - length)
    result.set(head)
    result.set(bytes.subarray(length), head.length)
    return result
  }

  #open(bytes: Uint8Array): { fileKey: FileKey; envelope: Envelope; length: number } {
    requireBytes(bytes)
    const { envelope, covered, mac, length } = readEnvelope(bytes)
    const fileKey = new FileKey(unwrap(envelope, this.#source.of(envelope)))
    if (!timingSafeEqual(fileKey.mac(covered), mac)) throw damagedEnvelope("its header was changed")
    return { fileKey, envelope, length }
  }

  #envelope(fileKey: FileKey, logChunk: number, contextTag: Uint8Array): Uint8Array {
    const { key, id: keyId, scrypt } = this.#source.current()
    const wrapping = wrap(fileKey.bytes, key, keyId)
    return writeEnvelope({ logChunk, keyId, scrypt, contextTag, ...wrapping }, (covered) =>
      fileKey.mac(covered),
    )
  }
}

/**
 * Encrypts what `inner` writes with AES-256-GCM: `.json.enc`. Compress inside, if at all: what is
 * encrypted does not compress, and compression tells something of the content by its length. An
 * older file of the same key and context put in place of a newer one, or one under the name of another, is not noticed.
 */
export function encrypted<T>(
  inner: Serializer<T>,
  options: EncryptedOptions,
): EncryptedSerializer<T> {
  return new EncryptedSerializer(inner, options)
}
