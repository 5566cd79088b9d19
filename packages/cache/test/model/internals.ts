import type { CacheStorage } from "../../src/index.ts"

/** What the types leave out and a test compares all the same. */
export interface Internals {
  readonly index: ReadonlyMap<unknown, number>
  readonly slotKeys: readonly unknown[]
  readonly weights: readonly number[] | undefined
  readonly totalWeight: number
  readonly policy: { order(): number[] }
}

export function internals<K, V>(cache: CacheStorage<K, V>): Internals {
  return cache as unknown as Internals
}
