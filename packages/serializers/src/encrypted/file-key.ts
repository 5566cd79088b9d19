import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto"
import { PersistError } from "@persist/core"
import { damagedEnvelope, type Envelope } from "./envelope.ts"

const cipher = "aes-256-gcm"
const options = { authTagLength: 16 } as const
// The wrapping key is derived with a new salt every time, so it never meets a nonce twice.
const zeroNonce = Buffer.alloc(12)

/** The part of an envelope that a wrapping makes. */
export type Wrapping = Pick<Envelope, "salt" | "commitment" | "wrappedKey">

/** Wraps a file key under a key-encryption key, with a salt of its own. */
export function wrap(fileKey: Uint8Array, key: Uint8Array, keyId: string): Wrapping {
  const salt = new Uint8Array(randomBytes(32))
  const encryption = createCipheriv(cipher, derive(key, salt, `wrap ${keyId}`), zeroNonce, options)
  const wrappedKey = Buffer.concat([
    encryption.update(fileKey),
    encryption.final(),
    encryption.getAuthTag(),
  ])
  return { salt, commitment: derive(key, salt, `commit ${keyId}`), wrappedKey }
}

/**
 * Unwraps the file key. GCM alone would let a file decrypt under two keys; the commitment does not,
 * and tells a wrong key from damage.
 *
 * @throws `ERR_PERSIST_DECRYPT` for another key than the file was encrypted with.
 */
export function unwrap(envelope: Envelope, key: Uint8Array): Uint8Array {
  const { salt, keyId, commitment, wrappedKey, scrypt } = envelope
  if (!timingSafeEqual(derive(key, salt, `commit ${keyId}`), commitment)) {
    const what = scrypt === undefined ? `the key ${JSON.stringify(keyId)}` : "the passphrase"
    throw new PersistError(
      "ERR_PERSIST_DECRYPT",
      `The data cannot be decrypted: ${what} is not the one it was encrypted with.`,
      { details: { keyId } },
    )
  }
  const decryption = createDecipheriv(
    cipher,
    derive(key, salt, `wrap ${keyId}`),
    zeroNonce,
    options,
  )
  decryption.setAuthTag(wrappedKey.subarray(32))
  const fileKey = decryption.update(wrappedKey.subarray(0, 32))
  try {
    decryption.final()
  } catch (cause) {
    throw damagedEnvelope("its wrapped key was changed", cause)
  }
  return fileKey
}

/** What is derived from one file key. */
export class FileKey {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array = new Uint8Array(randomBytes(32))) {
    this.bytes = bytes
  }

  /** Encrypts the chunks; another context gives another key. */
  payload(context: Uint8Array): Uint8Array {
    const info = Buffer.concat([Buffer.from("payload "), context])
    // HKDF takes at most 1024 bytes of info.
    const digest = createHmac("sha256", "persist/context").update(info).digest()
    return derive(this.bytes, digest, "payload")
  }

  contextTag(context: Uint8Array): Uint8Array {
    const key = derive(this.bytes, zeroNonce, "context")
    return createHmac("sha256", key).update(context).digest().subarray(0, 16)
  }

  mac(bytes: Uint8Array): Uint8Array {
    const key = derive(this.bytes, zeroNonce, "header")
    return createHmac("sha256", key).update(bytes).digest()
  }
}

function derive(key: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, `persist/encrypted 1 ${purpose}`, 32))
}
