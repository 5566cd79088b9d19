import type { Stats } from "node:fs"
import { literalPath } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { under } from "../keys/under.ts"
import { assertContained, assertLinkStaysInside, factsOf } from "./containment.ts"
import { isExactName } from "./exact-name.ts"
import type { FileFacts } from "./revision.ts"

/** A file that holds a value. */
export interface Located {
  /** Below the root. */
  readonly name: string
  /** Absolute; links in it are resolved. */
  readonly path: string
  readonly format: string
  readonly facts: FileFacts & Pick<Stats, "dev" | "mode" | "uid" | "gid">
}

/**
 * Every file that holds a value of `key`, the current one first. There is more than one only when a
 * process died while it replaced one format by another; the newest is the value.
 *
 * @param isLocked The commit lock of the key is held, and the folders of its canonical path were looked at just before.
 */
export function locateAll(layout: Layout, key: string, isLocked = false): readonly Located[] {
  const found = lookForAll(layout, key, isLocked)
  // One look after the other: a value that takes on the first format in between is seen in neither.
  return found.length > 0 || isLocked ? found : lookForAll(layout, key, isLocked)
}

function lookForAll(layout: Layout, key: string, isContained: boolean): readonly Located[] {
  const found: Located[] = []
  const formats = layout.formats
  // A hot path: what the names have in common is made once.
  const name = layout.canonical(key, "")
  const path = under(layout.root, name)
  for (const format of formats) {
    const facts = factsOf(path + format)
    if (facts === undefined) continue
    add(layout, found, { name: name + format, path: path + format, format, facts }, isContained)
  }
  if (literalPath(key) === undefined) return inOrder(found)
  for (const format of formats) {
    const literal = layout.literal(key, format)
    if (literal === undefined) continue
    const place = under(layout.root, literal)
    const facts = factsOf(place)
    if (facts === undefined) continue
    add(layout, found, { name: literal, path: place, format, facts }, false, true)
  }
  return inOrder(found)
}

function inOrder(found: Located[]): readonly Located[] {
  return found.length < 2 ? found : found.sort((a, b) => b.facts.mtimeMs - a.facts.mtimeMs)
}

function add(
  layout: Layout,
  found: Located[],
  place: Located & { readonly facts: Stats },
  isContained: boolean,
  isByHand = false,
): void {
  const { name, path, format, facts } = place
  if (!isContained) assertContained(layout.root, name)
  if (isByHand && !isExactName(layout.root, name)) return
  if (facts.isFile()) found.push(place)
  else if (facts.isSymbolicLink()) {
    const destination = assertLinkStaysInside(layout.root, path)
    const there = destination === undefined ? undefined : factsOf(destination)
    if (there?.isFile()) found.push({ name, path: destination!, format, facts: there })
  }
}
