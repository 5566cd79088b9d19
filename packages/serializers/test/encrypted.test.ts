import { createSecretKey } from "node:crypto"
import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { compressed } from "../src/compressed/index.ts"
import { type EncryptedOptions, encrypted, generateKey } from "../src/encrypted/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

const json = new JsonSerializer()
const old = generateKey()
const fresh = generateKey()
const value = { secret: "the cake is a lie", list: [1, 2, 3] }
const scrypt = { cost: 1024 }
const chunkSize = 4096
/** Where the checksum of an envelope stands whose key has an id of three bytes. */
const keyedEnd = 12 + 3 + 32 + 32 + 48 + 16 + 32

describe("encrypted", () => {
  const serializer = encrypted(json, { keys: { old } })
  const bytes = serializer.encode(value)

  test("brings the value back and shows nothing of it", () => {
    expect(serializer.decode(bytes)).toEqual(value)
    expect(Buffer.from(bytes).includes("cake")).toBe(false)
    expect(encrypted(compressed(json), { keys: { old } }).fileExtension).toBe(".json.zst.enc")
    expect(encrypted(json, { keys: { old: createSecretKey(old) } }).decode(bytes)).toEqual(value)
  })

  test("holds chunks that are larger than what the cipher is given at once", () => {
    const large = encrypted(new PickleSerializer(), { keys: { old }, chunkSize: 2 ** 22 })
    const data = new Uint8Array(5_000_000).map((_, index) => index / 1000)
    expect(Buffer.compare(large.decode(large.encode(data)) as Uint8Array, data)).toBe(0)
  })

  test.each([0, 1, 4095, 4096, 4097, 8192, 100_000])("holds %i bytes in chunks", (size) => {
    const pickled = encrypted(new PickleSerializer(), { keys: { old }, chunkSize })
    const data = new Uint8Array(size).map((_, index) => index * 7)
    expect(pickled.decode(pickled.encode(data))).toEqual(data)
  })

  test("finds every single-bit flip and calls it damage", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(
        codeOf(() => serializer.decode(flipped)),
        `bit ${bit}`,
      ).toBe("ERR_PERSIST_DECODE")
    }
  })

  test("finds every truncation and everything appended", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => serializer.decode(bytes.subarray(0, length)))).toBe("ERR_PERSIST_DECODE")
    }
    for (const extra of [Buffer.alloc(1), Buffer.alloc(16), Buffer.from(bytes)]) {
      expect(codeOf(() => serializer.decode(Buffer.concat([bytes, extra])))).toBe(
        "ERR_PERSIST_DECODE",
      )
    }
  })

  test("finds chunks that were swapped, repeated, cut off or taken from another file", () => {
    const chunked = encrypted(new PickleSerializer(), { keys: { old }, chunkSize })
    const data = new Uint8Array(5 * chunkSize)
    const first = Buffer.from(chunked.encode(data))
    const second = Buffer.from(chunked.encode(data))
    const step = chunkSize + 16
    const start = envelopeLength(chunked.encode(new Uint8Array(0)).length)
    const parts = (from: Buffer) =>
      Array.from({ length: 5 }, (_, index) =>
        from.subarray(start + index * step, start + (index + 1) * step),
      )
    const [a, b, c, d, e] = parts(first) as [Buffer, Buffer, Buffer, Buffer, Buffer]
    const rest = first.subarray(start + 5 * step)
    const envelope = first.subarray(0, start)
    expect(chunked.decode(Buffer.concat([envelope, a, b, c, d, e, rest]))).toEqual(data)
    for (let extra = 0; extra <= 20; extra++) {
      const cut = first.subarray(0, start + 2 * step + extra)
      expect(codeOf(() => chunked.decode(cut))).toBe("ERR_PERSIST_DECODE")
    }
    const foreign = parts(second)[1]!
    for (const parts of [
      [b, a, c, d, e, rest],
      [a, b, b, d, e, rest],
      [a, b, c, d, e],
      [a, b, c, d],
      [a, c, d, e, rest],
      [a, foreign, c, d, e, rest],
      [a, b, c, d, e, rest, rest],
    ]) {
      const forged = Buffer.concat([envelope, ...parts])
      expect(codeOf(() => chunked.decode(forged))).toBe("ERR_PERSIST_DECODE")
    }
  })

  test("a wrong, an unknown and a retired key each have their own error, never that of damage", () => {
    const wrong = encrypted(json, { keys: { old: fresh } })
    const unknown = encrypted(json, { keys: { fresh } })
    const retired = encrypted(json, { keys: { fresh, old: null } })
    expect(codeOf(() => wrong.decode(bytes))).toBe("ERR_PERSIST_DECRYPT")
    expect(codeOf(() => unknown.decode(bytes))).toBe("ERR_PERSIST_UNKNOWN_KEY")
    expect(codeOf(() => retired.decode(bytes))).toBe("ERR_PERSIST_RETIRED_KEY")
    const phrase = encrypted(json, { passphrase: "x", scrypt })
    expect(codeOf(() => phrase.decode(bytes))).toBe("ERR_PERSIST_UNKNOWN_KEY")
    expect(codeOf(() => serializer.decode(phrase.encode(1)))).toBe("ERR_PERSIST_UNKNOWN_KEY")
  })

  test.each([2, 255])("takes a header of version %i for no damage", (version) => {
    const later = Buffer.from(bytes)
    later[8] = version
    // All that changed is the version: a flipped bit.
    expect(codeOf(() => serializer.decode(later))).toBe("ERR_PERSIST_DECODE")
    // Nothing else is known of a later one: its checksum may stand elsewhere.
    later[20]! ^= 1
    expect(codeOf(() => serializer.decode(later))).toBe("ERR_PERSIST_NEWER")
    expect(codeOf(() => serializer.decode(repairChecksum(later, keyedEnd)))).toBe(
      "ERR_PERSIST_NEWER",
    )
  })

  test.each([
    ["a chunk size that is too small", 9, 11, "makes no sense"],
    ["a chunk size that is too large", 9, 25, "makes no sense"],
    ["a source of keys that is none", 10, 2, "makes no sense"],
    ["another wrapped key", 79, undefined, "wrapped key was changed"],
    ["another tag of the context", 127, undefined, "header was changed"],
    ["another MAC", 143, undefined, "header was changed"],
  ])("finds %s behind a checksum that is right", (_name, place, byte, problem) => {
    const forged = Buffer.from(bytes)
    forged[place] = byte ?? forged[place]! ^ 1
    expect(failure(() => serializer.decode(repairChecksum(forged, keyedEnd)))).toMatchObject({
      code: "ERR_PERSIST_DECODE",
      message: expect.stringContaining(problem),
    })
  })

  test("rotates by rewrapping: the payload stays, the old key no longer opens it", () => {
    const both = encrypted(json, { keys: { old, fresh }, current: "fresh" })
    expect(both.decode(bytes)).toEqual(value)
    const rotated = both.rewrap(bytes)
    expect(both.keyIdOf(rotated)).toBe("fresh")
    expect(encrypted(json, { keys: { fresh } }).decode(rotated)).toEqual(value)
    expect(codeOf(() => serializer.decode(rotated))).toBe("ERR_PERSIST_UNKNOWN_KEY")
    const payload = (file: Uint8Array) => Buffer.from(file.subarray(-40))
    expect(payload(rotated)).toEqual(payload(bytes))
  })

  test("a context is bound to the file, through a rotation too", () => {
    const options = { keys: { old }, context: "tenant 1" }
    const bound = encrypted(json, options).encode(value)
    expect(encrypted(json, options).decode(bound)).toEqual(value)
    expect(codeOf(() => serializer.decode(bound))).toBe("ERR_PERSIST_DECRYPT")
    expect(codeOf(() => encrypted(json, { ...options, context: "tenant 2" }).decode(bound))).toBe(
      "ERR_PERSIST_DECRYPT",
    )
    expect(encrypted(json, options).decode(serializer.rewrap(bound))).toEqual(value)
  })

  test("salts, commitments and wrapped keys never repeat over 10,000 files", () => {
    const seen = new Set<string>()
    for (let count = 0; count < 10_000; count++) {
      const file = Buffer.from(serializer.encode(1))
      // 8 magic, 4 numbers, 3 id: then salt 32, commitment 32, wrapped key 48.
      seen.add(`salt ${file.toString("hex", 15, 47)}`)
      seen.add(`commitment ${file.toString("hex", 47, 79)}`)
      seen.add(`key ${file.toString("hex", 79, 127)}`)
      // The same plaintext under the same nonce would show a repeated file key.
      seen.add(`payload ${file.toString("hex", file.length - 17)}`)
    }
    expect(seen.size).toBe(40_000)
  })
})

/** Envelope length, from the length of a file whose one chunk holds an empty pickle. */
function envelopeLength(emptyFile: number): number {
  const empty = new PickleSerializer().encode(new Uint8Array(0)).length
  return emptyFile - empty - 16
}

test.each([
  { keys: "hunter2" },
  { keys: { a: "hunter2" } },
  { keys: { a: old }, passphrase: "hunter2" },
  { passphrase: "hunter2", scrypt: "hunter2" },
  { passphrase: "hunter2\ud800" },
  "hunter2",
])("what is given as a key is in no message, in wrong options %#", (options) => {
  const { code, message } = failure(() => encrypted(json, options as EncryptedOptions))
  expect(code).toBe("ERR_PERSIST_INVALID_OPTION")
  expect(message).not.toContain("hunter2")
})

describe("encrypted with a passphrase", () => {
  test("opens with it and with no other", () => {
    const bytes = encrypted(json, { passphrase: "correct horse é", scrypt }).encode(value)
    const same = encrypted(json, { passphrase: "correct horse e\u0301", scrypt: { cost: 2048 } })
    expect(same.decode(bytes)).toEqual(value)
    const other = encrypted(json, { passphrase: "battery staple", scrypt })
    expect(codeOf(() => other.decode(bytes))).toBe("ERR_PERSIST_DECRYPT")
    expect(same.keyIdOf(bytes)).toBe(undefined)
  })

  test("parameters are capped before they cost anything", () => {
    const serializer = encrypted(json, { passphrase: "x", scrypt })
    const bytes = Buffer.from(serializer.encode(value))
    // The binary logarithm of N follows the magic and four numbers; the checksum needs no key.
    bytes[12] = 31
    const repaired = repairChecksum(bytes)
    const started = performance.now()
    expect(failure(() => serializer.decode(repaired)).code).toBe("ERR_PERSIST_LIMIT")
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test("a file may ask for no more than eight times the default, or than the serializer does", () => {
    const own = { cost: 2 ** 10, blockSize: 2, parallelization: 1 }
    const asking = (logCost: number, blockSize: number, parallelization: number) => {
      const bytes = Buffer.from(encrypted(json, { passphrase: "x", scrypt: own }).encode(value))
      bytes.set([logCost, blockSize, parallelization], 12)
      return repairChecksum(bytes)
    }
    const small = encrypted(json, { passphrase: "x", scrypt: own })
    for (const [logCost, blockSize, parallelization] of [
      [20, 16, 4],
      [20, 9, 1],
      [20, 8, 2],
      [19, 16, 2],
    ] as const) {
      const error = failure(() => small.decode(asking(logCost, blockSize, parallelization)))
      expect(error).toMatchObject({ code: "ERR_PERSIST_LIMIT", details: { limit: "cost" } })
    }
    // Of another cost, so it is another key.
    expect(codeOf(() => small.decode(asking(12, 8, 4)))).toBe("ERR_PERSIST_DECRYPT")
  })
})

/** Makes the unkeyed checksum of an envelope, by default a passphrase's, right again, as an attacker can. */
function repairChecksum(bytes: Buffer, end = 12 + 19 + 32 + 32 + 48 + 16 + 32): Buffer {
  const { hash } = process.getBuiltinModule("node:crypto")
  hash("sha256", bytes.subarray(0, end), "buffer").copy(bytes, end, 0, 16)
  return bytes
}

test.each([
  {},
  { keys: {} },
  { keys: { a: new Uint8Array(16) } },
  { keys: { a: old }, passphrase: "x" },
  { keys: { a: old, b: fresh } },
  { keys: { a: old }, current: "b" },
  { keys: { a: null } },
  { passphrase: "" },
  { passphrase: "x", scrypt: { cost: 1000 } },
  { passphrase: "x", scrypt: { cost: 2 ** 30 } },
  { passphrase: "x", scrypt: { blockSize: 1.5 } },
  { passphrase: "x", scrypt: { blockSize: "8" } },
  { passphrase: "x", scrypt: { parallelization: 1.5 } },
  { passphrase: "x", scrypt: { cost: "1024" } },
  { keys: { a: old }, chunkSize: 1000 },
  { keys: { a: old }, contxt: "x" },
])("refuses the options %o", (options) => {
  expect(codeOf(() => encrypted(json, options as EncryptedOptions))).toBe(
    "ERR_PERSIST_INVALID_OPTION",
  )
})
