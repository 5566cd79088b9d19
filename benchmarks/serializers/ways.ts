import { createCipheriv, randomBytes } from "node:crypto"
import { deserialize, serialize } from "node:v8"
import { parse, stringify } from "devalue"
import { Packr } from "msgpackr"
import superjson from "superjson"
import { Serializer } from "../../packages/core/dist/index.js"
import { encrypted, PickleSerializer } from "../../packages/serializers/dist/index.js"

/** A way to turn a graph into bytes and back. */
export interface Way {
  readonly write: (value: object) => Uint8Array
  readonly read: (bytes: Buffer) => unknown
}

const pickle = new PickleSerializer()
const msgpackr = new Packr({ structuredClone: true })
const encode = (text: string) => Buffer.from(text)

export const ways: Readonly<Record<string, Way>> = {
  "@persist Pickle": {
    write: (value) => pickle.encode(value),
    read: (bytes) => pickle.decode(bytes),
  },
  "msgpackr, structuredClone": {
    write: (value) => msgpackr.pack(value),
    read: (bytes) => msgpackr.unpack(bytes),
  },
  devalue: { write: (value) => encode(stringify(value)), read: (bytes) => parse(bytes.toString()) },
  superjson: {
    write: (value) => encode(superjson.stringify(value)),
    read: (bytes) => superjson.parse(bytes.toString()),
  },
  v8: { write: serialize, read: deserialize },
}

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

const key = randomBytes(32)
const inChunks = encrypted(new Raw(), { keys: { key } })

/** Ways to encrypt; each answers one piece of memory with all that decryption needs. */
export const encryptions: Readonly<Record<string, (data: Uint8Array) => Uint8Array>> = {
  "@persist encrypted": (data) => inChunks.encode(data),
  "AES-256-GCM in one call": (data) => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 })
    return Buffer.concat([nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()])
  },
}
