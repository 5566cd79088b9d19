import { hash } from "node:crypto"
import { PersistError } from "@persist/core"

/** How a passphrase becomes a key. */
export interface ScryptParameters {
  readonly logCost: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Uint8Array
}

/**
 * What stands before the encrypted chunks. Version 1, in this order:
 *
 * | bytes | |
 * |---|---|
 * | 8 | `persistE` |
 * | 1 | version, 1: AES-256-GCM chunks, HKDF-SHA-256; no other suite can be asked for |
 * | 1 | binary logarithm of the chunk size |
 * | 1 | 0 for a key, 1 for a passphrase |
 * | 1 + n | length and UTF-8 of the key's id |
 * | 3 + 16 | for a passphrase: binary logarithm of N, r, p; salt |
 * | 32 | salt, new with every wrapping |
 * | 32 | commitment to the wrapping key |
 * | 48 | file key, wrapped (AES-256-GCM) |
 * | 16 | tag of the context |
 * | 32 | MAC of all of the above under the file key |
 * | 16 | SHA-256 of all of the above, cut: tells damage from a wrong key |
 */
export interface Envelope {
  readonly logChunk: number
  readonly keyId: string
  readonly scrypt: ScryptParameters | undefined
  readonly salt: Uint8Array
  readonly commitment: Uint8Array
  readonly wrappedKey: Uint8Array
  readonly contextTag: Uint8Array
}

/** An envelope as read, with what must be checked against it. */
export interface ReadEnvelope {
  readonly envelope: Envelope
  /** What the MAC covers. */
  readonly covered: Uint8Array
  readonly mac: Uint8Array
  /** Where the chunks begin. */
  readonly length: number
}

export const envelopeMagic = "persistE"
export const leastLogChunk = 12
export const mostLogChunk = 24

const magicBytes = Buffer.from(envelopeMagic, "latin1")

/** Writes an envelope; `mac` makes the MAC of what it is given. */
export function writeEnvelope(
  envelope: Envelope,
  mac: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const { scrypt } = envelope
  const keyId = Buffer.from(envelope.keyId)
  const covered = Buffer.concat([
    magicBytes,
    Uint8Array.of(1, envelope.logChunk, scrypt === undefined ? 0 : 1, keyId.length),
    keyId,
    ...(scrypt === undefined
      ? []
      : [Uint8Array.of(scrypt.logCost, scrypt.blockSize, scrypt.parallelization), scrypt.salt]),
    envelope.salt,
    envelope.commitment,
    envelope.wrappedKey,
    envelope.contextTag,
  ])
  const authentic = Buffer.concat([covered, mac(covered)])
  return Buffer.concat([authentic, checksum(authentic)])
}

/**
 * Reads an envelope.
 *
 * @throws `ERR_PERSIST_DECODE` when it is damaged, `ERR_PERSIST_NEWER` for a later version.
 */
export function readEnvelope(bytes: Uint8Array): ReadEnvelope {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let position = 0
  const take = (length: number): Buffer => {
    if (position + length > input.length) throw damagedEnvelope("it ends too early")
    position += length
    return input.subarray(position - length, position)
  }
  if (!take(magicBytes.length).equals(magicBytes))
    throw damagedEnvelope("its first bytes are another format's")
  const [version, logChunk, source, idLength] = take(4)
  const keyId = take(idLength!)
  const scrypt = source === 1 ? readScrypt(take(19)) : undefined
  const envelope: Envelope = {
    logChunk: logChunk!,
    keyId: keyId.toString(),
    scrypt,
    salt: take(32),
    commitment: take(32),
    wrappedKey: take(48),
    contextTag: take(16),
  }
  const covered = input.subarray(0, position)
  const mac = take(32)
  const authentic = input.subarray(0, position)
  if (!take(16).equals(checksum(authentic))) {
    // Of a later version only the first bytes can be understood, unless all that changed is the version.
    if (version! > 1 && !isChecksumOfVersion1(authentic, input.subarray(position - 16, position)))
      throw newer(version!)
    throw damagedEnvelope("its header was changed")
  }
  if (version !== 1) throw newer(version!)
  if (source! > 1 || logChunk! < leastLogChunk || logChunk! > mostLogChunk)
    throw damagedEnvelope("its header makes no sense")
  return { envelope, covered, mac, length: position }
}

function readScrypt(bytes: Buffer): ScryptParameters {
  const [logCost, blockSize, parallelization] = bytes
  return {
    logCost: logCost!,
    blockSize: blockSize!,
    parallelization: parallelization!,
    salt: bytes.subarray(3),
  }
}

function isChecksumOfVersion1(bytes: Uint8Array, expected: Buffer): boolean {
  const changed = Buffer.from(bytes)
  changed[magicBytes.length] = 1
  return expected.equals(checksum(changed))
}

function checksum(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer").subarray(0, 16)
}

/** Makes the error for bytes that are not as they were written. */
export function damagedEnvelope(problem: string, cause?: unknown): PersistError {
  return new PersistError("ERR_PERSIST_DECODE", `Damaged encrypted data: ${problem}.`, { cause })
}

function newer(version: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_NEWER",
    `The data is encrypted in version ${version} of the format; this program reads version 1. Update it.`,
  )
}
