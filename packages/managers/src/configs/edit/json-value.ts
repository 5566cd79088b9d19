import type { Node } from "jsonc-parser"
import { type PlainObject, setOwn } from "../../plain-object.ts"

/** The value of a JSON syntax tree; of equal keys the last counts, as in `JSON.parse`. */
export function jsonValue(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(jsonValue)
  if (node.type !== "object") return node.value
  const object: PlainObject = {}
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? []
    if (key && value) setOwn(object, key.value, jsonValue(value))
  }
  return object
}
