/**
 * The file format of PickleSerializer, version 1. Everything in it is plain MessagePack.
 *
 * A file is one array: `["persist/pickle", 1, buffers, nodes]`.
 *
 * - `buffers`: the bytes of every ArrayBuffer, or of the part of it that is kept.
 * - `nodes`: binary data that holds a sequence of MessagePack values: the token of the root, then the
 *   contents of every container in the order in which their tokens appear (breadth first). No value
 *   lies inside another, so neither writing nor reading recurses.
 *
 * A token is a scalar that stands for itself (nil, boolean, string, float, integer of up to 32 bits; a
 * 64-bit integer is a BigInt), `0x80` (an empty map) for a new object, `0x90` (an empty array) for a new
 * array, or an array `[tag, …]` of `Tag`. Every token of an object takes the next id, from 0; `Tag.Ref`
 * names it again.
 *
 * Contents: an object, with or without a prototype or of a class, has its shape (the number of an
 * earlier one, or the array of its keys) and then the tokens of its values; an array has its length and
 * elements, or -1, its length, the count of its properties, and every key and value; a map has its size,
 * keys and values; a set its size and values; an error twice (hidden, then enumerable) a count of
 * properties and every key and value.
 */
export const magic = "persist/pickle"

/** The version written; every earlier one is read. */
export const formatVersion = 1

export const Tag = {
  Undefined: 0,
  /** `[1, id]` */
  Ref: 1,
  /** `[2, bytes]`: UTF-16, little-endian, for strings with lone surrogates. */
  Utf16: 2,
  /** `[3, negative ? 1 : 0, magnitude, big-endian]`: a BigInt of more than 64 bits. */
  BigInt: 3,
  /** `[4, key]`: a symbol of the registry. */
  Symbol: 4,
  /** `[5, milliseconds]`; NaN is an invalid Date. */
  Date: 5,
  Map: 6,
  Set: 7,
  NullObject: 8,
  /** `[9, source, flags, lastIndex]` */
  RegExp: 9,
  Url: 10,
  /** `[11, name of a built-in error class]` */
  Error: 11,
  /** `[12, name, version, isError ? 1 : 0]` of a new class, or `[12, number of an earlier one]`. */
  Instance: 12,
  /** `[13, index]` of `buffers` */
  ArrayBuffer: 13,
  /** `[14, kind, index, byteOffset, length]`; the offset is a 64-bit float. */
  View: 14,
  /** `[15, token of the primitive]` */
  Boxed: 15,
} as const

/** What an object in the queue is, and so how its contents are written; a leaf has none. */
export const Kind = { Object: 0, Array: 1, Map: 2, Set: 3, Error: 4, Instance: 5, Leaf: 6 } as const

/** The kinds of views, by number; the numbers are part of the format. */
export const viewKinds: readonly string[] = [
  "Uint8Array",
  "Buffer",
  "DataView",
  "Int8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
  "Float16Array",
]

// Not in Node 22.
const { SuppressedError } = globalThis as unknown as {
  readonly SuppressedError?: ErrorConstructor
}

/** The built-in error classes that a name in the file may mean. */
export const errorClasses: ReadonlyMap<string, ErrorConstructor> = new Map(
  [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
    ...(SuppressedError === undefined ? [] : [SuppressedError]),
  ].map((made) => [made.name, made as ErrorConstructor]),
)
