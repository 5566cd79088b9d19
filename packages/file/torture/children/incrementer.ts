import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// incrementer.ts <directory> <times>: increments one counter, and says on its output how often it was acknowledged.
const [directory, times] = process.argv.slice(2)
// No `await using`: Node 22 runs this file as it is, and does not know it.
const storage = new FileStorage({ directory: directory!, durability: "file" })
for (let time = 0; time < Number(times); time++) {
  await storage.update<number>("counter", (current) => current + 1, { default: 0, timeout: "5m" })
  writeSync(1, "1\n")
}
await storage.close()
