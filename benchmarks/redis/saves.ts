import { type Comparison, compare } from "../measure.ts"
import { flood, operations } from "./in-flight.ts"
import { keyCount, type Payload, type Subjects } from "./subjects.ts"

/** Writes over existing keys, 1,000 in flight, with what ours keeps beside the value. */
export async function saveComparisons(
  { bare, untimed, ours, keyv, unstorage, bento }: Subjects,
  value: (index: number) => Payload,
): Promise<Comparison[]> {
  const key = (index: number) => `key-${(index * 7919) % keyCount}`
  const set = {
    name: "node-redis, bare SET",
    lacks: "index, revisions, change log, deadline",
    run: () => flood((index) => bare.set(key(index), JSON.stringify(value(index)))),
  }
  return [
    await compare(
      "save, with index, revision and change log",
      {
        name: "RedisStorage.save",
        run: () => flood((index) => ours.save(key(index), value(index))),
      },
      [
        { ...set, target: 2.5 },
        {
          name: "node-redis, bare SET, its timeout off",
          lacks: "index, revisions, change log, any deadline",
          run: () => flood((index) => untimed.set(key(index), JSON.stringify(value(index)))),
        },
        {
          name: "unstorage",
          lacks: "index, revisions, change log, deadline",
          run: () => flood((index) => unstorage.setItem(key(index), JSON.stringify(value(index)))),
        },
        {
          name: "keyv",
          lacks: "index, revisions, change log, deadline",
          run: () => flood((index) => keyv.set(key(index), value(index))),
        },
        {
          name: "bentocache, second tier alone",
          lacks: "index, revisions, change log, deadline once sent",
          run: () => flood((index) => bento.set({ key: key(index), value: value(index) })),
        },
      ],
      { operations },
    ),
    await compare(
      "save, with history too",
      {
        name: "RedisStorage.save, version: true",
        run: () => flood((index) => ours.save(key(index), value(index), { version: true })),
      },
      [{ ...set, lacks: `${set.lacks}, history`, target: 3.33 }],
      { operations, rounds: 9 },
    ),
  ]
}
