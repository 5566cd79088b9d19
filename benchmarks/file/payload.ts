import { seededRandom } from "../../.ci/seeded-random.ts"

/** A state as programs save it: names, numbers and nested lists, about `size` bytes of JSON as it is written, indented by 2. */
export function makePayload(size: number, seed: number): Record<string, unknown> {
  const next = seededRandom(seed)
  const word = () => Math.floor(next() * 36 ** 6).toString(36)
  const items: unknown[] = []
  const payload = { name: word(), level: Math.floor(next() * 100), items }
  for (let length = 60; length < size; ) {
    const item = {
      id: Math.floor(next() * 1e9),
      title: `${word()} ${word()}`,
      tags: [word(), word()],
      position: { x: next() * 1000, y: next() * 1000 },
      done: next() < 0.5,
    }
    items.push(item)
    // At its depth, less the brackets around it.
    length += JSON.stringify([[item]], undefined, 2).length - 10
  }
  return payload
}
