import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// crowd.ts <directory> <count>: updates of as many keys at once. Who has waited in vain is let in all the same, and all
// began at once: a machine on which the last takes longer than it waits by default must not be taken for a leak.
const patience = "2m"
const [directory, count] = process.argv.slice(2)
await using storage = new FileStorage({ directory: directory!, durability: "none" })
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    storage.update<number>(`key${index}`, (current) => current + 1, {
      default: 0,
      timeout: patience,
    }),
  ),
)
writeSync(1, `${(await storage.list()).length}\n`)
