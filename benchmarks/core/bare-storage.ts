import type { Entry, StoredValue, WriteRequest } from "../../packages/core/dist/index.js"
import { Serializer, Storage } from "../../packages/core/dist/index.js"

/** Bytes as they are: what remains is the cost of the base itself. */
export class BytesSerializer extends Serializer<Uint8Array> {
  readonly fileExtension = ".bytes"

  encode(value: Uint8Array): Uint8Array {
    return value
  }

  decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}

/** The least that a backend can do, reachable with and without the base. */
export class BareStorage extends Storage {
  readonly supports = {
    ...{ persistent: false, multiProcess: false, history: false },
    ...{ sync: true, ttl: false, watch: false, fence: false },
  }
  readonly #values = new Map<string, StoredValue>()
  #revision = 0

  constructor() {
    super({ serializer: new BytesSerializer() })
  }

  async bareRead(key: string): Promise<StoredValue | undefined> {
    return this.#values.get(key)
  }

  async bareWrite(key: string, bytes: Uint8Array, format: string): Promise<Entry> {
    const revision = String(++this.#revision)
    const entry = { key, size: bytes.length, revision, savedAt: new Date(), format }
    this.#values.set(key, { bytes, entry })
    return entry
  }

  protected override _read(key: string): Promise<StoredValue | undefined> {
    return this.bareRead(key)
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    return this.bareWrite(key, bytes, request.format)
  }

  protected override async _delete(key: string): Promise<boolean> {
    return this.#values.delete(key)
  }

  protected override async *_entries(): AsyncIterable<Entry> {
    for (const { entry } of this.#values.values()) yield entry
  }
}
