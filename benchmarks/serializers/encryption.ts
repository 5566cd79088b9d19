import { createCipheriv, randomBytes } from "node:crypto"
import { Serializer } from "../../packages/core/dist/index.js"
import { encrypted } from "../../packages/serializers/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

/** Bytes as they are. */
class Raw extends Serializer<Uint8Array> {
  readonly fileExtension = ".bin"

  override encode(value: Uint8Array): Uint8Array {
    return value
  }

  override decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}

/**
 * 64 MB encrypted in chunks, against one call for all of it. Both answer one piece of memory with all that
 * decryption needs, and both begin without garbage: otherwise whoever is running when the collector gives
 * the 64 and 128 MB of the rounds before back to the system pays for it.
 */
export async function encryptionComparisons(): Promise<Comparison[]> {
  const data = new Uint8Array(64 * 2 ** 20)
  for (let start = 0; start < data.length; start += 65_536) data.set(randomBytes(65_536), start)
  const key = randomBytes(32)
  const serializer = encrypted(new Raw(), { keys: { key } })
  const oneShot = () => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 })
    return Buffer.concat([nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()])
  }
  const collect = () => globalThis.gc?.()
  return [
    await compare(
      "encrypted: 64 MB, encode",
      { name: "@persist encrypted", prepare: collect, run: () => serializer.encode(data) },
      [
        {
          name: "AES-256-GCM in one call",
          target: 0.5,
          lacks: "chunks, key wrapping, commitment",
          prepare: collect,
          run: oneShot,
        },
      ],
      { rounds: 15, warmup: 2 },
    ),
  ]
}
