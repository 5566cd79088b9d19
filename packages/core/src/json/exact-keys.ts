import { setOwn } from "../values/plain.ts"

/** Where a key with escapes lies in a text, its quotation marks included. */
interface Place {
  readonly start: number
  readonly end: number
}

/**
 * `JSON.parse`, and every key as the text has it. V8 13 and 14 (Node 24 and 26, nodejs/node#63785) read a key with an
 * escape as one that an object had before at the same place, which begins alike and has a backslash there: after
 * `{"a":[],"\\":2}` the key of `{"a":1,"\n":2}` is a backslash too. Such keys are parsed under other names, and renamed.
 * Costs a look for backslashes; a text with such keys is parsed twice.
 */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const places = escapedKeys(text)
  return places.length === 0 ? value : parseRenamed(text, places)
}

/** The text is JSON, so every backslash is inside a string. */
function escapedKeys(text: string): Place[] {
  const places: Place[] = []
  for (let at = text.indexOf("\\"), end = 0; at >= 0; at = text.indexOf("\\", end)) {
    end = endOfString(text, at)
    afterString.lastIndex = end
    if (afterString.test(text)) places.push({ start: text.lastIndexOf('"', at), end })
  }
  return places
}

const afterString = /[ \t\n\r]*:/y

/** Where a string with an escape at `from` ends. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 2); ; end = text.indexOf('"', end + 1)) {
    let start = end
    while (text.charCodeAt(start - 1) === 0x5c) start--
    // An odd one belongs to the quotation mark.
    if ((end - start) % 2 === 0) return end + 1
  }
}

function parseRenamed(text: string, places: readonly Place[]): unknown {
  // Nobody can guess it, so no key of the text is taken for one of these; short, as a text may have millions of them.
  const mark = crypto.randomUUID().slice(0, 13)
  const marked = new Map<string, string>()
  const names = new Map<string, string>()
  const parts: string[] = []
  let position = 0
  for (const { start, end } of places) {
    const name = JSON.parse(text.slice(start, end)) as string
    let written = `"${name}"`
    // Most escapes are needed; a key without them is the same one as it would be with them.
    if (JSON.stringify(name) !== written) {
      const other = marked.get(name) ?? `${mark}${marked.size}`
      marked.set(name, other)
      names.set(other, name)
      written = `"${other}"`
    }
    parts.push(text.slice(position, start), written)
    position = end
  }
  parts.push(text.slice(position))
  const value: unknown = JSON.parse(parts.join(""))
  rename(value, names)
  return value
}

/** Gives all objects of a value the names that their keys stand for, in their order. */
function rename(root: unknown, names: ReadonlyMap<string, string>): void {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== "object" || value === null) continue
    if (Array.isArray(value)) {
      for (const element of value) open.push(element)
      continue
    }
    const entries = Object.entries(value)
    const isRenamed = entries.some(([key]) => names.has(key))
    if (isRenamed) for (const [key] of entries) Reflect.deleteProperty(value, key)
    for (const [key, child] of entries) {
      if (isRenamed) setOwn(value, names.get(key) ?? key, child)
      open.push(child)
    }
  }
}
