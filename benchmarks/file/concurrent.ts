import { join } from "node:path"
import writeFileAtomicPeer from "write-file-atomic"
import { FileStorage } from "../../packages/file/dist/index.js"
import type { Comparison } from "../measure.ts"
import { compareOnSettledDisk } from "../settle-disk.ts"

/** 32 different keys at once. */
export async function compareManyKeys(root: string, value: unknown): Promise<Comparison> {
  const storage = new FileStorage({ directory: join(root, "many") })
  const numbers = Array.from({ length: 32 }, (_, index) => index)
  return compareOnSettledDisk(
    "32 durable saves of different keys at once",
    {
      name: "@persist/file",
      run: () => Promise.all(numbers.map((number) => storage.save(`key${number}`, value))),
    },
    [
      {
        name: "write-file-atomic + JSON.stringify",
        lacks: "no folder sync, no lock",
        target: 0.75,
        run: () =>
          Promise.all(
            numbers.map((number) =>
              writeFileAtomicPeer(
                join(root, `wfa${number}.json`),
                JSON.stringify(value, undefined, 2),
              ),
            ),
          ),
      },
    ],
    { operations: 32 },
  )
}

/** One key a hundred times at once, as an eager program does. */
export async function compareOneKey(root: string, value: object): Promise<Comparison> {
  const storage = new FileStorage({ directory: join(root, "one") })
  const values = Array.from({ length: 100 }, (_, index) => ({ ...value, index }))
  return compareOnSettledDisk(
    "100 durable saves of one key at once",
    {
      name: "@persist/file",
      run: () => Promise.all(values.map((one) => storage.save("key", one))),
    },
    [
      {
        name: "write-file-atomic + JSON.stringify",
        lacks: "no folder sync, no lock; writes all of them",
        target: 0.1,
        run: () =>
          Promise.all(
            values.map((one) =>
              writeFileAtomicPeer(join(root, "wfa-one.json"), JSON.stringify(one, undefined, 2)),
            ),
          ),
      },
    ],
    { operations: 100, rounds: 9 },
  )
}
