import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { checksummed } from "../src/checksummed/index.ts"
import { encrypted } from "../src/encrypted/index.ts"

const json = new JsonSerializer({ indent: 0 })
const value = { golden: [1, "\u00e4"] }
const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"))

/** What was written once must be read for ever: these never change, a new form gets new ones beside them. */
describe("layers of version 1", () => {
  test("encrypted by a key, for a context", () => {
    const keys = { "2026": Uint8Array.from({ length: 32 }, (_, index) => index) }
    const serializer = encrypted(json, { keys, context: "golden" })
    expect(serializer.decode(base64(byKey))).toEqual(value)
    expect(serializer.keyIdOf(base64(byKey))).toBe("2026")
    expect(serializer.decode(serializer.rewrap(base64(byKey)))).toEqual(value)
  })

  test("encrypted by a passphrase", () => {
    const serializer = encrypted(json, { passphrase: "golden passphrase", scrypt: { cost: 1024 } })
    expect(serializer.decode(base64(byPassphrase))).toEqual(value)
  })

  test.each([
    ["sha256", "703ad5385e1de3c8db7a521a9fea5db769e567e9f78d21fef33bcb19fbc6e026"],
    ["crc32", "d8962465"],
  ] as const)("checksummed by %s", (algorithm, digest) => {
    const text = `persist/checksum 1 ${algorithm} ${digest}\n{"golden":[1,"\u00e4"]}`
    const serializer = checksummed(json, { algorithm })
    expect(Buffer.from(serializer.encode(value)).toString()).toBe(text)
    expect(serializer.decode(Buffer.from(text))).toEqual(value)
  })
})

const byKey =
  "cGVyc2lzdEUBDAAEMjAyNjg/9bG/dnpnlKB2gsPbQJt3rG90ZSSzB9Z6/H33mZCm22gVScU3dr5NidxDOgzAy7J+" +
  "6zzeslvpwb9todvbK6bbQ8MmL7/v98X+vXtobTewZ/uKQp5dQDo5IBEDSD79/9INMdc1uUfr4JcjbkgskAIW3WOX" +
  "MKIeqRpIhXVjs4w6sYbqZ9EwZ8vBtlVqc4cM8Qk5bHPRgLUb8LzQR6WDpym/QwyKGkfnpxPadPAVXJyde6jmYtFz" +
  "YxFYdZatZZylAS1tbMJN+9aHsNu/8qVWnGShWrk="
const byPassphrase =
  "cGVyc2lzdEUBFAEACggBXEpAd0jMhRc5rSLVp8dbsUI2Htj8cTutuCglsDwntaBUaZRZIQK5h9QdFP04Z1YTB3RN" +
  "yWpRnb8RfKamwIMs186MF86KmD+tWSS6sTPQ4FZnY0NDHC2hiRXvPqNFdnje0P9PKZUHQs/OsWclEUJFCi5UPkNa" +
  "v5QbamONW3Aq0ZGjMrjWXEHwI+J3AngD7n/4v8BSEMshiVUAeA42nL4+mCFADwvBfA1oJsjlddZaQ+P/VYLDscMu" +
  "S6xoBi53rnqEAiAAi8XdUeqlOA7jrlOL4F/JhW6qpu636FLtSiQ8jMQixI4="
