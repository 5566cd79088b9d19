import { type Comparison, compare } from "../measure.ts"
import { flood, operations } from "./in-flight.ts"
import { keyCount, type Payload, type Subjects } from "./subjects.ts"

/** Reads of existing keys, 1,000 in flight. */
export async function loadComparison(
  { bare, untimed, ours, keyv, unstorage, bento }: Subjects,
  value: (index: number) => Payload,
): Promise<Comparison> {
  const key = (index: number) => `key-${(index * 7919) % keyCount}`
  await flood(async (index) => {
    const [name, data] = [`key-${index}`, value(index)]
    await Promise.all([
      bare.set(name, JSON.stringify(data)),
      ours.save(name, data),
      keyv.set(name, data),
      unstorage.setItem(name, JSON.stringify(data)),
      bento.set({ key: name, value: data }),
    ])
  })
  return compare(
    "load",
    { name: "RedisStorage.load", run: () => flood((index) => ours.load(key(index))) },
    [
      {
        name: "node-redis, bare GET",
        lacks: "decoding, deadline, revisions",
        target: 1.81,
        run: () => flood((index) => bare.get(key(index))),
      },
      {
        name: "node-redis, bare GET, its timeout off",
        lacks: "decoding, any deadline, revisions",
        run: () => flood((index) => untimed.get(key(index))),
      },
      {
        name: "unstorage",
        lacks: "deadline, revisions",
        target: 1,
        run: () => flood((index) => unstorage.getItem(key(index))),
      },
      {
        name: "keyv",
        lacks: "deadline, revisions",
        run: () => flood((index) => keyv.get(key(index))),
      },
      {
        name: "bentocache, second tier alone",
        lacks: "deadline once sent, revisions",
        run: () => flood((index) => bento.get({ key: key(index) })),
      },
    ],
    { operations },
  )
}
