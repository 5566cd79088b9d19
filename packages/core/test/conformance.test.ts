import { describe, test } from "vitest"
import { storageConformance } from "../src/conformance/index.ts"
import { LinkedStorage } from "./support/linked-storage.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

for (const without of [[], ["history", "sync"], ["ttl", "watch", "fence"]] as const) {
  storageConformance(
    { describe, test },
    {
      name: ["MemoryStorage", ...without].join(" without "),
      open: (options) => new MemoryStorage({ ...options, without }),
      reopen: ({ disk }, options) => new MemoryStorage({ ...options, disk, without }),
      async damage({ disk }, key, bytes) {
        disk.values.set(key, { ...disk.values.get(key)!, bytes })
      },
    },
  )
}

storageConformance(
  { describe, test },
  {
    name: "MemoryStorage behind a link",
    open: (options) => new LinkedStorage(options),
    reopen: ({ disk }, options) => new LinkedStorage({ ...options, disk }),
    async damage({ disk }, key, bytes) {
      disk.values.set(key, { ...disk.values.get(key)!, bytes })
    },
    faults: ({ link }) => link,
    deadline: 1_000,
  },
)
