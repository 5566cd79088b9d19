import type { Random } from "../../../.ci/seeded-random.ts"

// What means something to one of the formats.
const pieces: readonly Buffer[] = [
  ..."{}[]\",:-?&*!|>%@`'#\n \\".split(""),
  "__proto__",
  "constructor",
  "prototype",
  '"__proto__":',
  "&a [*a,*a]",
  "*a",
  "!!js/function ",
  "<<: ",
  "1e999",
  "\\ud800",
  "null",
  "persist/pickle",
].map((text) => Buffer.from(text))

const bytes: readonly Buffer[] = [
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0x7f, 0xff, 0xff, 0xff],
  [0xdb, 0x00, 0xff, 0xff, 0xff],
  [0xc6, 0x10, 0x00, 0x00, 0x00],
  [0xc9, 0x00, 0x00, 0x00, 0x04, 0xff],
  [0xd4, 0x72, 0x40],
  [0xd6, 0x69, 0, 0, 0, 1],
  [0x92, 0x01, 0x00],
  [0x80],
  [0x90],
  [0x91, 0x06],
  [0x94, 0x09, 0xa1, 0x28, 0xa0, 0x00],
  [0x95, 0x0e, 0x00, 0x00, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0, 0xce, 0xff, 0xff, 0xff, 0xff],
  [0x93, 0x03, 0x00, 0xc4, 0x01, 0xff],
  [0xff, 0xce, 0x00, 0x98, 0x96, 0x80, 0x00],
  [0xc1],
  [0x00],
  [0xff],
  [0xed, 0xa0, 0x80],
].map((list) => Buffer.from(list))

/** One damaged or hostile variant of a valid input, or bytes from nowhere. */
export function mutate(valid: Uint8Array, random: Random): Buffer {
  if (random.below(20) === 0) return noise(random)
  let input = Buffer.from(valid)
  for (let round = random.below(4); round >= 0; round--) input = mutateOnce(input, random)
  return input.subarray(0, 20_000)
}

function mutateOnce(input: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(input.length + 1)
  const end = Math.min(input.length, at + random.below(20))
  const copy = Buffer.from(input)
  switch (random.below(8)) {
    case 0:
      if (at < copy.length) copy[at]! ^= 1 << random.below(8)
      return copy
    case 1:
      if (at < copy.length) copy[at] = random.below(256)
      return copy
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(end)])
    case 3:
      return copy.subarray(0, at)
    case 4:
      return Buffer.concat([copy.subarray(0, at), random.pick(pieces), copy.subarray(end)])
    case 5:
      return Buffer.concat([copy.subarray(0, at), random.pick(bytes), copy.subarray(end)])
    case 6: {
      const part = copy.subarray(at, end)
      return Buffer.concat([
        copy,
        ...Array<Buffer>(random.below(8)).fill(part),
        copy.subarray(0, 0),
      ])
    }
    default: {
      const piece = random.pick([...pieces, ...bytes])
      const many = Array<Buffer>(random.below(2000)).fill(piece)
      return Buffer.concat([copy.subarray(0, at), ...many, copy.subarray(end)])
    }
  }
}

function noise(random: Random): Buffer {
  const input = Buffer.alloc(random.below(300))
  for (let index = 0; index < input.length; index++) input[index] = random.below(256)
  return input
}
