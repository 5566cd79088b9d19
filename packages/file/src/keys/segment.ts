/**
 * One segment of a key as one file name, reversibly. The name holds no capital that it does not
 * also say in its mask, so two names never differ by case alone; no character that a file system
 * may normalise, forbid or trim; no device name of Windows; and no dot before a letter, so that
 * the first such dot of a file's name always starts its format, and no folder is named like a file.
 *
 * Lower-case letters, digits and `_-,=@()` stand for themselves, `MySave` becomes `MySave+5`
 * (the digits, in base 32, five characters each, say which letters are capitals), and the rest is
 * percent-encoded.
 */
export function encodeSegment(segment: string): string {
  if (usual.test(segment) && !device.test(segment)) return segment
  let name = ""
  for (let index = 0; index < segment.length; index++) {
    const character = String.fromCodePoint(segment.codePointAt(index)!)
    const isEdge = index === 0 || index + character.length === segment.length
    name += staysRaw(segment, index, character, isEdge) ? character : percentEncoded(character)
    index += character.length - 1
  }
  if (device.test(name)) name = percentEncoded(name[0]!) + name.slice(1)
  return name + capitalsMask(name)
}

/** The segment that `encodeSegment` names `name`; `undefined` when it gives that name to none. */
export function decodeSegment(name: string): string | undefined {
  if (usual.test(name)) return device.test(name) ? undefined : name
  const base = name.replace(/\+[0-9a-v]+$/, "")
  if (!/^(?:[^%]|%[0-9a-f]{2}|%u[0-9a-f]{4})+$/.test(base)) return undefined
  let segment: string
  try {
    segment = base.replace(/%u([0-9a-f]{4})|((?:%[0-9a-f]{2})+)/g, (_, unit, bytes) =>
      unit === undefined
        ? decodeURIComponent(bytes)
        : String.fromCharCode(Number.parseInt(unit, 16)),
    )
  } catch {
    return undefined
  }
  return encodeSegment(segment) === name ? segment : undefined
}

// The hot path: most names are their own encoding.
const usual = /^[a-z0-9_-]+$/
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?![a-z0-9_-])/i
const safe = /^[A-Za-z0-9_,=@()-]$/
// Letters without case, or in lower case only. The ranges are fixed rather than Unicode properties:
// the same key must have the same name under every version of Node.
const letters =
  /^[\u03b1-\u03c9\u0430-\u044f\u05d0-\u05ea\u0e01-\u0e2e\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5]$/

function staysRaw(segment: string, index: number, character: string, isEdge: boolean): boolean {
  if (safe.test(character)) return true
  if (character === " ") return !isEdge
  if (character === ".") return !isEdge && !/[A-Za-z]/.test(segment[index + 1]!)
  return (
    letters.test(character) && character !== "\u03c2" && character.normalize("NFD") === character
  )
}

function percentEncoded(character: string): string {
  const code = character.charCodeAt(0)
  // A lone surrogate has no UTF-8.
  if (character.length === 1 && code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16)}`
  let encoded = ""
  for (const byte of Buffer.from(character)) encoded += `%${byte.toString(16).padStart(2, "0")}`
  return encoded
}

function capitalsMask(name: string): string {
  const digits: number[] = []
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code < 65 || code > 90) continue
    const digit = Math.floor(index / 5)
    digits[digit] = (digits[digit] ?? 0) | (1 << (index % 5))
  }
  if (digits.length === 0) return ""
  return `+${Array.from(digits, (digit) => (digit ?? 0).toString(32)).join("")}`
}
