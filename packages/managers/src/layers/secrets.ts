import { invalidOption, PersistError, parseExactly } from "@persist/core/options"
import { applyEdits } from "../configs/plan-update.ts"
import { sameValue } from "../diff/same-value.ts"
import { isPlainObject, mapInside, type PlainObject } from "../plain-object.ts"
import { isBelow } from "./masking.ts"
import { valueAt } from "./merge-layers.ts"

/** Keys that secrets are encrypted with, one by one. */
export interface SecretKeys {
  /** Id of the key for new secrets. */
  readonly current: string
  /** Keys by id: 32 bytes, or those as base64. Old ones stay here until `rotateSecrets` is done. */
  readonly keys: Readonly<Record<string, Uint8Array | string>>
}

const mark = "secret:v1:"
/** What newer programs may write is no text either. */
const anyMark = /^secret:v\d+:/

// Loaded on first use: most programs have no secrets.
const crypto = () => process.getBuiltinModule("node:crypto")

/**
 * Encrypts single values with AES-256-GCM. The path of a value is part of what is authenticated, so
 * that no secret can be moved to another place. Form: `secret:v1:<key id>:<base64url>`.
 */
export class SecretBox {
  readonly #current: string
  readonly #keys: ReadonlyMap<string, Uint8Array>

  constructor({ current, keys }: SecretKeys) {
    this.#keys = new Map(Object.entries(keys).map(([id, key]) => [id, readKey(id, key)]))
    if (!this.#keys.has(current)) {
      throw invalidOption("secretKeys.current", current, Object.keys(keys).join(", "))
    }
    this.#current = current
  }

  /** Whether a stored value is an encrypted one. */
  static isSealed(value: unknown): value is string {
    return typeof value === "string" && anyMark.test(value)
  }

  /** Whether `sealed` is under another key than new secrets. */
  isOld(sealed: string): boolean {
    return keyOf(sealed) !== this.#current
  }

  seal(value: unknown, path: string): string {
    const { createCipheriv, randomBytes } = crypto()
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", this.#keys.get(this.#current)!, nonce)
    cipher.setAAD(Buffer.from(path))
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()])
    const bytes = Buffer.concat([nonce, sealed, cipher.getAuthTag()])
    return `${mark}${this.#current}:${bytes.toString("base64url")}`
  }

  /** @throws `ERR_PERSIST_UNKNOWN_KEY`, `ERR_PERSIST_DECRYPT`, `ERR_PERSIST_NEWER`; never with the value in the message. */
  open(sealed: string, path: string): unknown {
    if (!sealed.startsWith(mark)) throw newer(path)
    const id = keyOf(sealed)
    const text = sealed.slice(`${mark}${id}:`.length)
    const key = this.#keys.get(id)
    if (key === undefined) throw unknownKey(path, id)
    const bytes = Buffer.from(text, "base64url")
    try {
      // Readers of base64 pass over what is none of it.
      if (bytes.toString("base64url") !== text) throw new RangeError("It is no base64url.")
      const decipher = crypto().createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), {
        authTagLength: 16,
      })
      decipher.setAAD(Buffer.from(path))
      decipher.setAuthTag(bytes.subarray(-16))
      const parts = [decipher.update(bytes.subarray(12, -16)), decipher.final()]
      return parseExactly(Buffer.concat(parts).toString())
    } catch (cause) {
      throw new PersistError(
        "ERR_PERSIST_DECRYPT",
        `The secret at "${path}" cannot be decrypted: it was damaged, moved from another path, or written with another key "${id}". It stays as it is.`,
        { cause },
      )
    }
  }
}

/** `values` with every secret opened. @throws As `SecretBox.open`. */
export function openSecrets(values: PlainObject, box: SecretBox | undefined): PlainObject {
  return opened(values, "", box) as PlainObject
}

/** The value at `path` with every secret in it opened. @throws As `openSecrets`. */
export function opened(value: unknown, path: string, box: SecretBox | undefined): unknown {
  if (SecretBox.isSealed(value)) {
    if (box === undefined) throw unknownKey(path, keyOf(value))
    return box.open(value, path)
  }
  const prefix = path === "" ? "" : `${path}.`
  return mapInside(value, (inner, name) => opened(inner, prefix + name, box))
}

/** The value for `path` with everything in it encrypted that is one of `secrets`. */
export function sealSecrets(
  value: unknown,
  path: string,
  box: SecretBox,
  secrets: readonly string[],
): unknown {
  if (value === undefined) return value
  if (isBelow(path, secrets)) return box.seal(value, path)
  return mapInside(value, (inner, name) => sealSecrets(inner, `${path}.${name}`, box, secrets))
}

/**
 * A change below a value that is encrypted as a whole: the same value with the change in it, encrypted
 * again. Undefined when nothing above `path` is encrypted.
 */
export function insideSecret(
  values: PlainObject,
  path: readonly string[],
  value: unknown,
  box: SecretBox,
): { readonly path: readonly string[]; readonly value: string } | undefined {
  for (let depth = 1; depth < path.length; depth++) {
    const outer = path.slice(0, depth)
    const sealed = valueAt(values, outer).value
    if (!SecretBox.isSealed(sealed)) continue
    const name = outer.join(".")
    const before = { secret: box.open(sealed, name) }
    const edit = { path: ["secret", ...path.slice(depth)], value }
    const after = applyEdits(before, [edit])
    return { path: outer, value: sameValue(before, after) ? sealed : box.seal(after.secret, name) }
  }
  return undefined
}

/**
 * Paths of the secrets in `values` that are not under the current key, or not encrypted at all, as names.
 *
 * @param secrets Dotted paths of what is to be encrypted.
 */
export function oldSecrets(
  values: object,
  box: SecretBox,
  secrets: readonly string[] = [],
  around: readonly string[] = [],
): string[][] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = [...around, name]
    if (SecretBox.isSealed(value)) return box.isOld(value) ? [path] : []
    if (secrets.includes(path.join("."))) return [path]
    return isPlainObject(value) || Array.isArray(value) ? oldSecrets(value, box, secrets, path) : []
  })
}

/** Whether anything in `value` is encrypted. */
export function hasSecrets(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return SecretBox.isSealed(value)
  return Object.values(value).some(hasSecrets)
}

function readKey(id: string, key: Uint8Array | string): Uint8Array {
  const isText = typeof key === "string"
  const bytes = isText ? Buffer.from(key, "base64") : key
  // Node reads a passphrase of the right length as base64 too: a weak key.
  const isKey = bytes?.length === 32 && (!isText || /^[\w+/-]{43}=?\s*$/.test(key))
  if (isKey && /^[\w-]+$/.test(id)) return bytes
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `secretKeys.keys["${id}"] is not 32 bytes or their base64, such as randomBytes(32).toString("base64") of node:crypto gives, under a name of letters, digits, _ and -. The key itself is never shown.`,
  )
}

function keyOf(sealed: string): string {
  return sealed.split(":", 3)[2] ?? ""
}

function newer(path: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NEWER",
    `The secret at "${path}" has a form that this program does not know; use a newer program. It stays as it is.`,
  )
}

function unknownKey(path: string, id: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_UNKNOWN_KEY",
    `The secret at "${path}" was written with the key "${id}", which is not among "secretKeys". It stays as it is.`,
    { details: { key: id } },
  )
}
