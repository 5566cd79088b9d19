/** The longest subsequence of `items` whose `place` strictly increases; patience sorting, O(n log n). */
export function longestIncreasing<T>(items: readonly T[], place: (item: T) => number): T[] {
  const previous: number[] = []
  const tails: number[] = []
  items.forEach((item, index) => {
    let [low, high] = [0, tails.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (place(items[tails[middle]!]!) < place(item)) low = middle + 1
      else high = middle
    }
    previous[index] = low > 0 ? tails[low - 1]! : -1
    tails[low] = index
  })
  const result: T[] = []
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index]!) {
    result.push(items[index]!)
  }
  return result.reverse()
}
