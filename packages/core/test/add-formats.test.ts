import { expect, test } from "vitest"
import { type Entry, Serializer, Storage } from "../src/index.ts"

class OneValue extends Storage {
  readonly supports = {
    persistent: false,
    multiProcess: false,
    history: false,
    sync: false,
    ttl: false,
    fence: false,
    watch: false,
  }
  readonly #entry = { key: "a", size: 1, revision: "1", savedAt: new Date(0), format: ".shout" }
  protected async _read() {
    return { bytes: Buffer.from("a"), entry: this.#entry }
  }
  protected async _write(): Promise<Entry> {
    return this.#entry
  }
  protected async _delete(): Promise<boolean> {
    return false
  }
  protected async *_entries(): AsyncGenerator<Entry> {}
}

class Shout extends Serializer<string> {
  readonly fileExtension = ".shout"
  encode(value: string): Uint8Array {
    return Buffer.from(value.toLowerCase())
  }
  decode(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString().toUpperCase()
  }
}

test("Storage.addFormats makes a format readable that no call named", async () => {
  const storage = new OneValue()
  await expect(storage.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_FORMAT" })
  storage.addFormats(new Shout())
  expect(await storage.load("a")).toBe("A")
})
