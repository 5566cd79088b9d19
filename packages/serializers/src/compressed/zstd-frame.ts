import { PersistError } from "@persist/core"

/** The outline of one Zstandard frame. */
export interface ZstdFrame {
  readonly start: number
  readonly end: number
  /** How long its content is, when the frame says so. */
  readonly contentSize: number | undefined
  /** Bytes of memory that the decompressor asks for, whatever the content; 0 for more than there may be. */
  readonly window: number
}

// Each costs a call of the decompressor, whose memory is only given back when the event loop turns.
const mostFrames = 10_000
// Frames of a few bytes may ask for a window of 2 GiB each, which takes some milliseconds to get and to give back.
const mostWindows = 2 ** 37
const largestWindow = 2 ** 31
const early = "it ends too early"

/**
 * Follows the headers of the frames that `bytes` consist of (RFC 8878, 3.1) without decompressing, and leaves out
 * those that are to be skipped; answers what is wrong, if anything.
 *
 * @throws `ERR_PERSIST_FORMAT` for more than 10,000 frames, or windows of more than 128 GiB in all.
 */
export function readZstdFrames(bytes: Uint8Array): readonly ZstdFrame[] | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: ZstdFrame[] = []
  let start = 0
  let windows = 0
  for (let count = 1; start < bytes.length; count++) {
    if (count > mostFrames) throw tooMany(`has more than ${mostFrames} frames`)
    const skipped = skippedEnd(view, start)
    const frame = skipped === undefined ? readZstdFrame(view, start) : undefined
    if (typeof frame === "string") return frame
    if (frame !== undefined) frames.push(frame)
    windows += frame?.window ?? 0
    if (windows > mostWindows) throw tooMany("has frames with windows of more than 128 GiB in all")
    start = frame?.end ?? skipped!
    if (start > bytes.length) return early
  }
  return frames.length > 0 ? frames : early
}

function tooMany(what: string): PersistError {
  return new PersistError("ERR_PERSIST_FORMAT", `The zstd data ${what}; compress it anew as one.`)
}

/** Where a frame ends that holds nothing of the content; undefined for any other. */
function skippedEnd(view: DataView, start: number): number | undefined {
  if (start + 8 > view.byteLength || view.getUint32(start, true) >>> 4 !== 0x184d2a5)
    return undefined
  return start + 8 + view.getUint32(start + 4, true)
}

function readZstdFrame(view: DataView, start: number): ZstdFrame | string {
  const length = view.byteLength
  if (start + 6 > length) return early
  if (view.getUint32(start, true) !== 0xfd2fb528)
    return start === 0 ? "its first bytes are another format's" : "other bytes follow the frame"
  const descriptor = view.getUint8(start + 4)
  if ((descriptor & 0x08) !== 0) return "a reserved bit of its header is set"
  const isSingle = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeStart = start + 5 + (isSingle ? 0 : 1) + dictionaryBytes
  let position = sizeStart + sizeBytes
  if (position > length) return early
  const contentSize = readSize(view, sizeStart, sizeBytes)
  const window = isSingle ? contentSize! : readWindow(view.getUint8(start + 5))
  for (let isLast = false; !isLast; ) {
    if (position + 3 > length) return early
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16)
    isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    if (type === 3) return "it has a block of a reserved type"
    position += 3 + (type === 1 ? 1 : header >> 3)
    if (position > length) return early
  }
  const end = position + (hasChecksum ? 4 : 0)
  if (end > length) return early
  const asked = window > largestWindow ? 0 : Math.min(window, contentSize ?? window)
  return { start, end, contentSize, window: asked }
}

function readWindow(descriptor: number): number {
  return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8)
}

function readSize(view: DataView, start: number, size: number): number | undefined {
  if (size === 1) return view.getUint8(start)
  if (size === 2) return view.getUint16(start, true) + 256
  if (size === 4) return view.getUint32(start, true)
  return size === 8 ? Number(view.getBigUint64(start, true)) : undefined
}
