import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// crowd.ts <directory> <count>: updates of as many keys at once.
const [directory, count] = process.argv.slice(2)
await using storage = new FileStorage({ directory: directory!, durability: "none" })
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    storage.update<number>(`key${index}`, (current) => current + 1, { default: 0 }),
  ),
)
writeSync(1, `${(await storage.list()).length}\n`)
