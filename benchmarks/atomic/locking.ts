import { join } from "node:path"
import properLockfile from "proper-lockfile"
import { lock } from "../../packages/atomic/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

/** Taking and giving back a lock that nobody else wants. */
export function freeLock(folder: string, operations: number): Promise<Comparison> {
  const path = (name: string) => join(folder, `lock-${name}`)
  return compare(
    "A lock that nobody else wants, taken and given back",
    {
      name: "lock",
      run: async () => {
        for (let index = 0; index < operations; index++) (await lock(path("ours"))).release()
      },
    },
    [
      {
        name: "proper-lockfile",
        lacks: "can be held by two",
        target: 0.5,
        run: async () => {
          for (let index = 0; index < operations; index++) {
            const release = await properLockfile.lock(path("theirs"), { realpath: false })
            await release()
          }
        },
      },
    ],
    { operations },
  )
}
