import { sameValue } from "../diff/same-value.ts"
import { mapInside, type PlainObject } from "../plain-object.ts"
import { valueAt } from "./merge-layers.ts"
import { SecretBox } from "./secrets.ts"

/**
 * `values` as an edit or the steps of an upgrade made them, with their secrets encrypted: what was encrypted
 * `before`, wherever it stands now, and what was put at one of `secrets`. What did not change keeps its text.
 */
export function resealed(
  values: PlainObject,
  before: PlainObject,
  box: SecretBox,
  secrets: readonly string[],
): PlainObject {
  const known = sealedValues(before, box)
  const seal = (value: unknown, path: readonly string[]): unknown => {
    const dotted = path.join(".")
    const old = path.length === 0 ? before : valueAt(before, path).value
    if (SecretBox.isSealed(old) && sameValue(box.open(old, dotted), value)) return old
    if (secrets.includes(dotted) || known.some((one) => sameValue(one, value))) {
      return sameValue(old, value) ? value : box.seal(value, dotted)
    }
    return mapInside(value, (inner, name) => seal(inner, [...path, name]))
  }
  return seal(values, []) as PlainObject
}

/** What is encrypted in `value`; not what many values are, as `true` or nothing. */
export function sealedValues(
  value: unknown,
  box: SecretBox,
  path: readonly string[] = [],
): unknown[] {
  if (SecretBox.isSealed(value)) {
    const opened = box.open(value, path.join("."))
    return opened === null || opened === "" || typeof opened === "boolean" ? [] : [opened]
  }
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => sealedValues(inner, box, [...path, name]))
}
