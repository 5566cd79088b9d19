/** Makes `key` the newest of `map`, which keeps the `most` newest. */
export function putLast<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > most) {
    const [oldest] = map.keys()
    map.delete(oldest!)
  }
}
