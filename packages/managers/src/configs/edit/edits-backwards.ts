import { alignArrays } from "../../diff/align-arrays.ts"
import { escapePointer, type PatchOperation } from "../../diff/patch.ts"
import { sameValue } from "../../diff/same-value.ts"
import { isPlainObject, type PlainObject } from "../../plain-object.ts"

/**
 * The operations that turn `before` into `after`, from the end to the beginning: what stands for something
 * further up, as an alias does in YAML, goes before that.
 */
export function editsBackwards(before: unknown, after: unknown, path = ""): PatchOperation[] {
  if (Array.isArray(before) && Array.isArray(after)) return arrays(before, after, path)
  if (isPlainObject(before) && isPlainObject(after)) return objects(before, after, path)
  return sameValue(before, after) ? [] : [{ op: "replace", path, value: after }]
}

function objects(before: PlainObject, after: PlainObject, path: string): PatchOperation[] {
  const pointer = (name: string) => `${path}/${escapePointer(name)}`
  const operations = Object.keys(before)
    .reverse()
    .flatMap((name): PatchOperation[] =>
      Object.hasOwn(after, name)
        ? editsBackwards(before[name], after[name], pointer(name))
        : [{ op: "remove", path: pointer(name) }],
    )
  for (const name of Object.keys(after)) {
    if (Object.hasOwn(before, name)) continue
    operations.push({ op: "add", path: pointer(name), value: after[name] })
  }
  return operations
}

function arrays(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): PatchOperation[] {
  const operations: PatchOperation[] = []
  // All in front of it is as it was.
  let place = before.length
  for (const [from, to] of [...alignArrays(before, after, { inPlace: true })].reverse()) {
    if (from !== undefined) place = from
    const inner = `${path}/${place}`
    if (to === undefined) operations.push({ op: "remove", path: inner })
    else if (from === undefined) operations.push({ op: "add", path: inner, value: after[to] })
    else operations.push(...editsBackwards(before[from], after[to], inner))
  }
  return operations
}
