import { randomBytes } from "node:crypto"
import { syncBuiltinESMExports } from "node:module"
import zlib, { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { JsonSerializer, PersistError } from "@persist/core"
import { describe, expect, test } from "vitest"
import { checksummed } from "../src/checksummed/index.ts"
import { type Compression, compressed } from "../src/compressed/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

const value = {
  list: Array.from({ length: 150 }, (_, index) => ({ index, name: `n${index % 7}` })),
}
const json = new JsonSerializer()
const damage = ["ERR_PERSIST_DECODE", "ERR_PERSIST_CORRUPT"]

describe.each(["zstd", "gzip", "brotli"] as Compression[])("compressed, %s", (algorithm) => {
  const serializer = compressed(json, { algorithm })
  const bytes = serializer.encode(value)

  test("brings the value back, smaller", () => {
    expect(serializer.decode(bytes)).toEqual(value)
    expect(bytes.length).toBeLessThan(json.encode(value).length / 4)
    expect(bytes.buffer.byteLength).toBe(bytes.length)
    expect(serializer.decode(serializer.encode(0))).toBe(0)
  })

  test("tells that memory was short when it writes", () => {
    const name = `${algorithm}CompressSync`.replace("gzipCompress", "gzip")
    const original: unknown = Reflect.get(zlib, name)
    Reflect.set(zlib, name, () => {
      throw new RangeError("Array buffer allocation failed")
    })
    syncBuiltinESMExports()
    try {
      expect(codeOf(() => serializer.encode(value))).toBe("ERR_PERSIST_LIMIT")
    } finally {
      Reflect.set(zlib, name, original)
      syncBuiltinESMExports()
    }
    expect(serializer.decode(serializer.encode(value))).toEqual(value)
  })

  test("finds every truncation", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(damage).toContain(codeOf(() => serializer.decode(bytes.subarray(0, length))))
    }
  })

  test("finds what follows the data", () => {
    for (const extra of [Buffer.from([0]), Buffer.from("garbage"), Buffer.from(bytes)]) {
      expect(damage).toContain(codeOf(() => serializer.decode(Buffer.concat([bytes, extra]))))
    }
  })

  test("every single-bit flip gives the value or an error", () => {
    const guarded = compressed(checksummed(json, { algorithm: "crc32" }), { algorithm })
    const whole = guarded.encode(value)
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      try {
        expect(guarded.decode(flipped)).toEqual(value)
      } catch (error) {
        expect(PersistError.is(error)).toBe(true)
      }
    }
  })

  test("a bomb ends at limits.bytes", () => {
    const pickle = new PickleSerializer()
    const bomb = compressed(pickle, { algorithm }).encode(new Uint8Array(50_000_000))
    expect(bomb.length).toBeLessThan(60_000)
    const bounded = compressed(pickle, { algorithm, limits: { bytes: 1_000_000 } })
    expect(failure(() => bounded.decode(bomb))).toMatchObject({
      code: "ERR_PERSIST_LIMIT",
      details: { limit: "bytes" },
    })
    expect(codeOf(() => bounded.encode(new Uint8Array(2_000_000)))).toBe("ERR_PERSIST_LIMIT")
  })
})

test("the files are what other programs read and write", () => {
  const plain = json.encode(value)
  expect(zstdDecompressSync(compressed(json).encode(value))).toEqual(Buffer.from(plain))
  const gzip = compressed(json, { algorithm: "gzip" })
  expect(gunzipSync(gzip.encode(value))).toEqual(Buffer.from(plain))
  expect(compressed(json).decode(zstdCompressSync(plain))).toEqual(value)
  expect(gzip.decode(gzipSync(plain))).toEqual(value)
})

describe("data in several parts, as other programs write it", () => {
  const text = Buffer.from(json.encode(value))
  const cuts = [0, 1, 1, 700, text.length]
  const parts = cuts.map((end, index) => text.subarray(cuts[index - 1] ?? 0, end))
  const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const checked = { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }
  const algorithms = [
    ["gzip", parts.map((part) => gzipSync(part)), []],
    ["zstd", parts.map((part) => zstdCompressSync(part, checked)), [skipped]],
  ] as const

  test.each(algorithms)("%s: is read", (algorithm, pieces, between) => {
    const serializer = compressed(json, { algorithm })
    const whole = Buffer.concat([...between, ...pieces.flatMap((piece) => [piece, ...between])])
    expect(serializer.decode(whole)).toEqual(value)
    const limits = (bytes: number) => ({ algorithm, limits: { bytes } })
    expect(compressed(json, limits(text.length)).decode(whole)).toEqual(value)
    const less = compressed(json, limits(text.length - 1))
    expect(codeOf(() => less.decode(whole))).toBe("ERR_PERSIST_LIMIT")
  })

  test.each(algorithms)("%s: every cut, flip and tail is found", (algorithm, pieces) => {
    const serializer = compressed(json, { algorithm })
    const whole = Buffer.concat(pieces)
    expect(serializer.decode(whole)).toEqual(value)
    for (let length = 0; length < whole.length; length++)
      expect(damage).toContain(codeOf(() => serializer.decode(whole.subarray(0, length))))
    for (const tail of [[0], [0, 0, 0, 0, 0], [0x1f], [0x28], [0x50, 0x2a, 0x4d, 0x18, 9, 0, 0, 0]])
      expect(damage).toContain(
        codeOf(() => serializer.decode(Buffer.concat([whole, Buffer.from(tail)]))),
      )
    for (let bit = 0; bit < whole.length * 8; bit += 7) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      try {
        expect(serializer.decode(flipped)).toEqual(value)
      } catch (error) {
        expect(PersistError.is(error)).toBe(true)
      }
    }
  })

  test("zstd: ten thousand parts are too many, but no damage", () => {
    const many = Buffer.concat(Array<Buffer>(10_001).fill(skipped))
    expect(codeOf(() => compressed(json).decode(many))).toBe("ERR_PERSIST_FORMAT")
    const none = compressed(json)
    expect(damage).toContain(codeOf(() => none.decode(skipped)))
  })
})

describe("zstd: frames that ask for large windows", () => {
  // A frame of one block as it is, without checksum and size.
  const frame = (text: string, log: number) => {
    const header = [0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, (text.length << 3) | 1, 0, 0]
    return Buffer.concat([Buffer.from(header), Buffer.from(text)])
  }
  const read = (log: number, count: number) => () =>
    compressed(json).decode(
      Buffer.concat([frame("1", log), ...Array<Buffer>(count - 1).fill(frame(" ", log))]),
    )

  test("are read, as long as they ask for 128 GiB in all", () => {
    expect([read(31, 1)(), read(20, 100)()]).toEqual([1, 1])
    expect(codeOf(read(31, 65))).toBe("ERR_PERSIST_FORMAT")
    expect(codeOf(read(27, 1025))).toBe("ERR_PERSIST_FORMAT")
  })

  test("are damaged when there is no such window", () => {
    expect(damage).toContain(codeOf(read(41, 1)))
    expect(damage).toContain(codeOf(read(32, 100)))
  })
})

test("layers show in the extension and stack", () => {
  const stacked = checksummed(
    compressed(compressed(new PickleSerializer(), { algorithm: "brotli" })),
  )
  expect(stacked.fileExtension).toBe(".pkl.br.zst.sum")
  const noise = new Uint8Array(randomBytes(100_000))
  expect(stacked.decode(stacked.encode(noise))).toEqual(noise)
})

test.each([{ algorithm: "lzma" }, { level: 99 }, { leve: 1 }, { algorithm: "gzip", level: -1 }])(
  "refuses the options %o",
  (options) => {
    expect(codeOf(() => compressed(json, options as never))).toBe("ERR_PERSIST_INVALID_OPTION")
  },
)

describe.each(["sha256", "crc32"] as const)("checksummed, %s", (algorithm) => {
  const serializer = checksummed(json, { algorithm })
  const bytes = serializer.encode({ a: [1, 2, 3] })

  test("brings the value back behind one line", () => {
    expect(serializer.decode(bytes)).toEqual({ a: [1, 2, 3] })
    expect(Buffer.from(bytes).toString()).toMatch(
      new RegExp(`^persist/checksum 1 ${algorithm} [0-9a-f]+\n`),
    )
  })

  test.each([4, 128])("takes a later form with %i digits for no damage", (digits) => {
    const later = Buffer.from(`persist/checksum 2 blake3 ${"0".repeat(digits)}\n{}`)
    expect(codeOf(() => serializer.decode(later))).toBe("ERR_PERSIST_NEWER")
  })

  test.each([
    ["10", "ERR_PERSIST_NEWER"],
    ["9999", "ERR_PERSIST_NEWER"],
    ["0", "ERR_PERSIST_CORRUPT"],
    ["02", "ERR_PERSIST_CORRUPT"],
    ["10000", "ERR_PERSIST_CORRUPT"],
  ])("takes a line of form %s for %s", (version, code) => {
    const line = Buffer.from(`persist/checksum ${version} blake3 00\n{}`)
    expect(codeOf(() => serializer.decode(line))).toBe(code)
  })

  test.each(["2", "10", "9999"])("takes its own line with the form %s for damage", (version) => {
    const changed = Buffer.from(bytes).toString().replace(" 1 ", ` ${version} `)
    expect(codeOf(() => serializer.decode(Buffer.from(changed)))).toBe("ERR_PERSIST_CORRUPT")
  })

  test("finds every single-bit flip and every truncation", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(codeOf(() => serializer.decode(flipped))).toBe("ERR_PERSIST_CORRUPT")
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => serializer.decode(bytes.subarray(0, length)))).toBe("ERR_PERSIST_CORRUPT")
    }
  })
})

describe("a zstd window of more than 128 MiB", () => {
  test.each([28, 31])("of 2^%i bytes is read, as no damage", (log) => {
    // As `zstd --long` writes, of content whose length it does not know.
    const frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 0x09, 0x00, 0x00, 0x31]
    expect(compressed(json).decode(Buffer.from(frame))).toBe(1)
  })

  test("that a flipped bit asks for is damage", () => {
    const whole = compressed(json).encode(Array.from({ length: 200_000 }, (_, index) => index % 10))
    // After the magic and the descriptor of a frame in one window stands its content size, in four bytes.
    expect(whole[4]! & 0b11100000).toBe(0b10100000)
    for (let bit = 24; bit < 32; bit++) {
      const flipped = Buffer.from(whole)
      flipped[5 + (bit >> 3)]! ^= 1 << (bit & 7)
      expect(damage).toContain(codeOf(() => compressed(json).decode(flipped)))
    }
  })
})

test.each([
  ["compressed", compressed],
  ["checksummed", checksummed],
] as const)("%s names the serializer inside that threw", (_name, layer) => {
  class Broken extends JsonSerializer {
    override encode(): never {
      throw new TypeError("no")
    }
  }
  const { code, message } = failure(() => layer(new Broken()).encode(1))
  expect([code, message]).toEqual(["ERR_PERSIST_ENCODE", "Broken: no"])
})
