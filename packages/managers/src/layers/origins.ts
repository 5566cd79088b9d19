import { itemIndex } from "../list-item.ts"
import { isPlainObject } from "../plain-object.ts"
import { type Layer, type Origin, originOf } from "./layer.ts"
import { hasItems, type MergePolicies, type MergePolicy, valueAt } from "./merge-layers.ts"

/** Where the value at `path` of all layers together comes from, and the weaker values that it hides: the strongest first. */
export function originsAt(
  layers: readonly Layer[],
  path: readonly string[],
  policies: MergePolicies,
): Origin[] {
  const item = appendedItem(layers, path, policies)
  if (item !== undefined) return [item]
  const found: Origin[] = []
  for (const layer of layers.toReversed()) {
    const { isThere, isBlocked } = valueAt(layer.values, path)
    if (isThere) found.push(originOf(layer, path))
    // What stands in the way hides everything below it.
    if (isBlocked || (!isThere && beginsAnew(layer, path, policies))) break
  }
  return found
}

/** The origin of an item, or of what is in one, of a list that is made of those of several layers. */
function appendedItem(
  layers: readonly Layer[],
  path: readonly string[],
  policies: MergePolicies,
): Origin | undefined {
  const list = above(path, "append", policies)[0]
  if (list === undefined) return undefined
  const items: (readonly [Layer, index: number])[] = []
  for (const layer of layers) {
    const { value, isThere, isBlocked } = valueAt(layer.values, list)
    if (isPlainObject(value) && hasItems(layer, list.join("."), value)) {
      // Some of what is there, each at its place, and what comes behind it.
      for (const index of Object.keys(value).map(Number)) {
        const isMeant = index === Number(path[list.length]) && valueAt(layer.values, path).isThere
        if (isMeant || index === items.length) items[index] = [layer, index]
      }
      continue
    }
    const isList = Array.isArray(value)
    const isAlone = beginsAnew(layer, list, policies) || (!isList && isThere) || isBlocked
    if (isAlone) items.length = 0
    if (isList) for (const index of value.keys()) items.push([layer, index])
  }
  const index = itemIndex(items, path[list.length]!)
  if (index === undefined) return undefined
  const [layer, place] = items[index]!
  return originOf(layer, [...list, String(place), ...path.slice(list.length + 1)])
}

/** Whether the layer puts something in the place of all that weaker ones have around `path`. */
function beginsAnew(layer: Layer, path: readonly string[], policies: MergePolicies): boolean {
  return above(path, "replace", policies).some((one) => valueAt(layer.values, one).isThere)
}

/** The paths above `path` that have the policy. */
function above(path: readonly string[], policy: MergePolicy, policies: MergePolicies): string[][] {
  return path.slice(1).flatMap((_, index) => {
    const outer = path.slice(0, index + 1)
    return policies[outer.join(".")] === policy ? [outer] : []
  })
}
