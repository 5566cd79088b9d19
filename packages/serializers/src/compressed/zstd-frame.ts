/** The outline of one Zstandard frame. */
export interface ZstdFrame {
  /** Where the frame ends. */
  readonly end: number
  /** How long its content is, when the frame says so. */
  readonly contentSize: number | undefined
}

/** Follows the headers of a frame (RFC 8878, 3.1.1) without decompressing; answers what is wrong, if anything. */
export function readZstdFrame(bytes: Uint8Array): ZstdFrame | string {
  const early = "it ends too early"
  if (bytes.length < 6) return early
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== 0xfd2fb528) return "its first bytes are another format's"
  const descriptor = bytes[4]!
  if ((descriptor & 0x08) !== 0) return "a reserved bit of its header is set"
  const isSingle = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeStart = 5 + (isSingle ? 0 : 1) + dictionaryBytes
  let position = sizeStart + sizeBytes
  if (position > bytes.length) return early
  const contentSize = readSize(view, sizeStart, sizeBytes)
  for (let isLast = false; !isLast; ) {
    if (position + 3 > bytes.length) return early
    const header = bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16)
    isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    if (type === 3) return "it has a block of a reserved type"
    position += 3 + (type === 1 ? 1 : header >> 3)
    if (position > bytes.length) return early
  }
  const end = position + (hasChecksum ? 4 : 0)
  return end > bytes.length ? early : { end, contentSize }
}

function readSize(view: DataView, start: number, size: number): number | undefined {
  if (size === 1) return view.getUint8(start)
  if (size === 2) return view.getUint16(start, true) + 256
  if (size === 4) return view.getUint32(start, true)
  return size === 8 ? Number(view.getBigUint64(start, true)) : undefined
}
