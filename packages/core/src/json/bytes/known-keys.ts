import type { Output } from "./output.ts"

const levels = 8
const places = 32
/** Bytes of one key with all that stands before and after it; a multiple of 8. */
const longest = 48

/**
 * The keys that were written last at each depth and place, ready with their line's beginning: the objects
 * of a list have the same ones in the same order. They are copied by eights, as doubles, which leave
 * ASCII as it is: no eight bytes of it are a NaN.
 */
export class KnownKeys {
  readonly #keys: string[] = new Array(levels * places).fill("")
  /** Seen once: what changes all the time is not worth getting ready. */
  readonly #candidates: string[] = new Array(levels * places).fill("")
  /** Bytes of each; 0 while there are none. */
  readonly #lengths = new Uint8Array(levels * places)
  readonly #bytes = new Uint8Array(levels * places * longest)
  readonly #view = new DataView(this.#bytes.buffer)

  /** Writes `key` if it is known, and says where the next byte goes; else -1. */
  write(output: Output, key: string, level: number, place: number, at: number): number {
    if (level >= levels || place >= places) return -1
    const slot = level * places + place
    if (this.#keys[slot] !== key) return -1
    const from = slot * longest
    const length = this.#lengths[slot]!
    const { view } = output
    for (let done = 0; done < length; done += 8) {
      view.setFloat64(at + done, this.#view.getFloat64(from + done, true), true)
    }
    return length === 0 ? -1 : at + length
  }

  /** Takes note of how `key` was written, from `at` to `end`. */
  learn(output: Output, key: string, level: number, place: number, at: number, end: number): void {
    if (level >= levels || place >= places || end - at > longest) return
    const slot = level * places + place
    if (this.#candidates[slot] !== key) {
      this.#candidates[slot] = key
      return
    }
    const { bytes } = output
    for (let index = at; index < end; index++) if (bytes[index]! > 127) return
    // Calls fail at the end of the stack: until the last was made, the slot holds the key that it held.
    this.#bytes.set(bytes.subarray(at, end), slot * longest)
    this.#keys[slot] = key
    this.#lengths[slot] = end - at
  }
}
