// From src and from dist alike; build/vendor.ts puts it there.
import { addExtension, Packr, RESET_BUFFER_MODE } from "../../dist/vendor/msgpackr.cjs"

/** A number that msgpackr would write in another form than the file format asks for. */
export class Exact {
  readonly type: 0xcb | 0xcf
  value: number | bigint

  private constructor(type: 0xcb | 0xcf, value: number | bigint) {
    this.type = type
    this.value = value
  }

  /** A 64-bit float, whatever the number; msgpackr writes -0 as 0. */
  static float(value: number): Exact {
    return new Exact(0xcb, value)
  }

  /** An unsigned 64-bit integer; msgpackr writes a signed one where it can. */
  static unsigned(value: bigint): Exact {
    return new Exact(0xcf, value)
  }
}

// The engine is this package's own copy, so that nobody else sees the extension. No reader ever calls it.
addExtension({
  Class: Exact as unknown as new () => Exact,
  type: 1,
  pack({ type, value }, allocate) {
    const { target, targetView, position } = allocate(9)
    target[position] = type
    if (typeof value === "number") targetView.setFloat64(position + 1, value)
    else targetView.setBigUint64(position + 1, value)
  },
})

const engine = new Packr({
  useRecords: false,
  variableMapSize: true,
  // Only plain values get here, and binary data is no extension.
  moreTypes: false,
})
// Beyond these, buffers are not kept from one use to the next.
const keptOutput = 2 ** 20

/** Packs a list of values without the header of the list. The bytes are only good until the next call. */
export function packTokens(tokens: readonly unknown[]): Uint8Array {
  const bytes = engine.pack(tokens, RESET_BUFFER_MODE)
  if (bytes.length > keptOutput) engine.useBuffer(Buffer.allocUnsafeSlow(8192))
  const { length } = tokens
  return bytes.subarray(length < 0x10 ? 1 : length < 0x10000 ? 3 : 5)
}

/** Packs one value of about `size` bytes into memory of its own. */
export function packAlone(value: unknown, size: number): Uint8Array {
  if (size < keptOutput) return new Uint8Array(engine.pack(value, RESET_BUFFER_MODE))
  // Written where it stays, since copying much memory costs more than a few bytes behind it.
  engine.useBuffer(Buffer.allocUnsafeSlow(size + 64))
  const bytes = engine.pack(value)
  engine.useBuffer(Buffer.allocUnsafeSlow(8192))
  new Uint8Array(bytes.buffer).fill(0, bytes.byteOffset + bytes.length)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
