/** Hits of least recently used as in the textbook: a Map in order of use. */
export function textbookLru(keys: readonly string[], size: number): number {
  const held = new Map<string, true>()
  let hits = 0
  for (const key of keys) {
    if (held.delete(key)) hits++
    else if (held.size >= size) held.delete(held.keys().next().value!)
    held.set(key, true)
  }
  return hits
}

/**
 * Hits of the clairvoyant optimum, which evicts what is needed again last (Belady, 1966). Next uses lie in a
 * heap with the farthest on top; entries that were used since are passed over.
 */
export function clairvoyant(keys: readonly string[], size: number): number {
  const nextUse = new Float64Array(keys.length)
  const last = new Map<string, number>()
  for (let at = keys.length - 1; at >= 0; at--) {
    nextUse[at] = last.get(keys[at]!) ?? Number.POSITIVE_INFINITY
    last.set(keys[at]!, at)
  }
  const held = new Map<string, number>()
  const heap = new FarthestFirst()
  let hits = 0
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!
    if (held.has(key)) hits++
    else if (held.size >= size) evict(held, heap)
    held.set(key, nextUse[at]!)
    heap.push(nextUse[at]!, key)
  }
  return hits
}

function evict(held: Map<string, number>, heap: FarthestFirst): void {
  for (;;) {
    const [use, key] = heap.pop()
    if (held.get(key) !== use) continue
    held.delete(key)
    return
  }
}

class FarthestFirst {
  readonly #items: [use: number, key: string][] = []

  push(use: number, key: string): void {
    const items = this.#items
    let at = items.length
    items.push([use, key])
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]![0] >= use) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = [use, key]
  }

  pop(): [use: number, key: string] {
    const items = this.#items
    const top = items[0]!
    const moved = items.pop()!
    if (items.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]![0] > items[child]![0]) child++
      if (items[child]![0] <= moved[0]) break
      items[at] = items[child]!
      at = child
    }
    items[at] = moved
    return top
  }
}
