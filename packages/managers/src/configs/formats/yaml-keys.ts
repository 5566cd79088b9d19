import type { Document, Node, Pair } from "yaml"
import { yamlParser } from "./lazy-parsers.ts"

/** The name that a key has in what is read: a number or `null` is a text there. */
export function yamlKeyName(document: Document, key: unknown): string | undefined {
  const { isScalar, Pair, YAMLMap } = yamlParser()
  if (isScalar(key)) return key.value === null ? "" : String(key.value)
  // An alias or a collection: the parser knows what it makes of one.
  const alone = new YAMLMap(document.schema)
  alone.items.push(new Pair(key, null))
  // They are few enough: the whole document was read before.
  return Object.keys(alone.toJS(document, { maxAliasCount: -1 }))[0]
}

/**
 * Where a key stands that its map has before, as `1` beside `"1"`: one of the two values would be lost.
 *
 * The parser's own look for such keys compares each with all before it, so that a map of 20,000 took 17 s.
 */
export function repeatedKey(document: Document): number | undefined {
  const { isMap, isSeq } = yamlParser()
  const waiting: unknown[] = [document.contents]
  for (const node of waiting) {
    // One by one: a call takes no more than some 100,000 arguments.
    if (isSeq(node)) for (const item of node.items) waiting.push(item)
    if (!isMap(node)) continue
    const names = new Set<string | undefined>()
    for (const { key, value } of node.items as Pair<Node>[]) {
      const name = yamlKeyName(document, key)
      if (names.has(name)) return key.range![0]
      names.add(name)
      waiting.push(key, value)
    }
  }
  return undefined
}
