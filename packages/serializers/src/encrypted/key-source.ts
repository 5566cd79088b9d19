import { type KeyObject, randomBytes, scryptSync } from "node:crypto"
import { types } from "node:util"
import { PersistError } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import { describeValue, exhaustionError } from "@persist/core/values"
import type { Envelope, ScryptParameters } from "./envelope.ts"

/** A key-encryption key: 32 secret bytes, or a secret KeyObject of them. */
export type EncryptionKey = Uint8Array | KeyObject

/**
 * What deriving a key from a passphrase costs; see RFC 7914. Memory is 128 · cost · blockSize bytes. A file may ask
 * for as much, or for eight times the default where that is more.
 */
export interface ScryptCost {
  /** N, a power of two from 2^10 to 2^20. @default 131_072 */
  readonly cost?: number | undefined
  /** r, from 1 to 16. @default 8 */
  readonly blockSize?: number | undefined
  /** p, from 1 to 4. @default 1 */
  readonly parallelization?: number | undefined
}

/** Where key-encryption keys come from. */
export interface KeySource {
  /** The key for new files. */
  current(): { readonly key: Uint8Array; readonly id: string; readonly scrypt?: ScryptParameters }
  /**
   * The key that a file names.
   *
   * @throws `ERR_PERSIST_UNKNOWN_KEY`, `ERR_PERSIST_RETIRED_KEY`, `ERR_PERSIST_DECRYPT`, `ERR_PERSIST_LIMIT`.
   */
  of(envelope: Envelope): Uint8Array
}

/** Makes a random key for `keys`. */
export function generateKey(): Uint8Array {
  return new Uint8Array(randomBytes(32))
}

/** Keys by id; files name the id, so none is ever tried in vain. */
export class KeyRing implements KeySource {
  readonly #keys = new Map<string, Uint8Array | null>()
  readonly #current: string

  constructor(keys: Readonly<Record<string, EncryptionKey | null>>, current: string | undefined) {
    if (typeof keys !== "object" || keys === null)
      throw new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        `keys is ${describeValue(keys)}; allowed: an object of keys by their ids.`,
      )
    for (const [id, key] of Object.entries(keys)) {
      if (id === "" || Buffer.byteLength(id) > 255 || !id.isWellFormed())
        throw invalidOption("keys", id, "ids of 1 to 255 bytes")
      this.#keys.set(id, key === null ? null : readKey(id, key))
    }
    const usable = [...this.#keys].filter(([, key]) => key !== null).map(([id]) => id)
    const chosen = current ?? (usable.length === 1 ? usable[0] : undefined)
    if (chosen === undefined || !usable.includes(chosen))
      throw invalidOption(
        "current",
        current,
        `the id of the key for new files: ${usable.join(", ") || "there is none"}`,
      )
    this.#current = chosen
  }

  current(): { readonly key: Uint8Array; readonly id: string } {
    return { key: this.#keys.get(this.#current)!, id: this.#current }
  }

  of({ keyId, scrypt }: Envelope): Uint8Array {
    if (scrypt !== undefined) {
      throw new PersistError(
        "ERR_PERSIST_UNKNOWN_KEY",
        "The data is encrypted with a passphrase, and this serializer has keys; give it the passphrase.",
      )
    }
    const key = this.#keys.get(keyId)
    if (key === undefined) {
      throw new PersistError(
        "ERR_PERSIST_UNKNOWN_KEY",
        `The data is encrypted with the key ${JSON.stringify(keyId)}, which is not among "keys".`,
        { details: { keyId } },
      )
    }
    if (key !== null) return key
    throw new PersistError(
      "ERR_PERSIST_RETIRED_KEY",
      `The data is encrypted with the key ${JSON.stringify(keyId)}, which was retired; rewrap the file with a program that still has it.`,
      { details: { keyId } },
    )
  }
}

const checkCost = optionsCheck<ScryptCost>("encrypted: scrypt", {
  cost: true,
  blockSize: true,
  parallelization: true,
})

const bounds = { logCost: [10, 20], blockSize: [1, 16], parallelization: [1, 4] } as const
/** What a file may ask for, N · r · p, of a serializer that asks for less itself: eight times the default, 1 GiB and some seconds. */
const mostWork = 2 ** 23
const cachedKeys = 64

/** Keys derived from a passphrase. One derivation serves all files that this serializer writes. */
export class Passphrase implements KeySource {
  readonly #passphrase: string
  readonly #parameters: ScryptParameters
  readonly #derived = new Map<string, Uint8Array>()

  constructor(passphrase: string, cost: ScryptCost = {}) {
    // Lone surrogates would all become the same bytes.
    if (typeof passphrase !== "string" || passphrase === "" || !passphrase.isWellFormed())
      throw new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        "passphrase is empty, no string or has lone surrogates; give one.",
      )
    checkCost(cost)
    const { cost: n = 2 ** 17, blockSize = 8, parallelization = 1 } = cost
    const logCost = Math.log2(n)
    const parameters = {
      logCost,
      blockSize,
      parallelization,
      salt: new Uint8Array(randomBytes(16)),
    }
    const excess = excessive(parameters)
    const isWhole = [n, logCost, blockSize, parallelization].every(Number.isInteger)
    if (!isWhole || excess !== undefined)
      throw invalidOption(
        "scrypt",
        cost,
        "a cost that is a power of two from 2^10 to 2^20, blockSize 1 to 16, parallelization 1 to 4",
      )
    // Equal text is one passphrase however it was typed.
    this.#passphrase = passphrase.normalize("NFC")
    this.#parameters = parameters
  }

  current(): { readonly key: Uint8Array; readonly id: string; readonly scrypt: ScryptParameters } {
    return { key: this.#derive(this.#parameters), id: "", scrypt: this.#parameters }
  }

  of({ keyId, scrypt }: Envelope): Uint8Array {
    if (scrypt === undefined) {
      throw new PersistError(
        "ERR_PERSIST_UNKNOWN_KEY",
        `The data is encrypted with the key ${JSON.stringify(keyId)}, and this serializer has a passphrase; give it the key.`,
        { details: { keyId } },
      )
    }
    const excess = excessive(scrypt) ?? this.#excessiveWork(scrypt)
    if (excess === undefined) return this.#derive(scrypt)
    throw new PersistError(
      "ERR_PERSIST_LIMIT",
      `The data asks for a scrypt ${excess} out of bounds; deriving its key could exhaust this machine. If it is yours, give "scrypt" what it was written with.`,
      { details: { limit: excess } },
    )
  }

  #excessiveWork(asked: ScryptParameters): "cost" | undefined {
    return workOf(asked) > Math.max(mostWork, workOf(this.#parameters)) ? "cost" : undefined
  }

  #derive({ logCost, blockSize, parallelization, salt }: ScryptParameters): Uint8Array {
    const name = `${logCost} ${blockSize} ${parallelization} ${Buffer.from(salt).toString("hex")}`
    const known = this.#derived.get(name)
    if (known !== undefined) return known
    const options = { N: 2 ** logCost, r: blockSize, p: parallelization, maxmem: 2 ** 32 - 1 }
    let key: Uint8Array
    try {
      key = new Uint8Array(scryptSync(this.#passphrase, salt, 32, options))
    } catch (cause) {
      // Its parameters are in bounds, so that it lacks memory: up to 2 GiB.
      throw exhaustionError("What the passphrase protects", cause)
    }
    if (this.#derived.size >= cachedKeys) this.#derived.delete(this.#derived.keys().next().value!)
    this.#derived.set(name, key)
    return key
  }
}

function workOf({ logCost, blockSize, parallelization }: ScryptParameters): number {
  return 2 ** logCost * blockSize * parallelization
}

function excessive(parameters: ScryptParameters): string | undefined {
  for (const name of ["logCost", "blockSize", "parallelization"] as const) {
    const [lowest, highest] = bounds[name]
    if (!(parameters[name] >= lowest && parameters[name] <= highest)) return name
  }
  return undefined
}

function readKey(id: string, key: EncryptionKey): Uint8Array {
  const bytes = types.isKeyObject(key) ? (key.type === "secret" ? key.export() : undefined) : key
  if (types.isUint8Array(bytes) && bytes.length === 32) return new Uint8Array(bytes)
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `keys[${JSON.stringify(id)}] is no key; give 32 bytes, as generateKey makes them, or a secret KeyObject of them.`,
  )
}
