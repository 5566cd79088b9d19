import { seededRandom } from "../../.ci/seeded-random.ts"

/** A state as programs save it: `size` bytes of JSON, more or less, of names, numbers and nested lists. */
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
    length += JSON.stringify(item).length + 1
  }
  return payload
}
