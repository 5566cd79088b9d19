import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// racer.ts <directory> <name> <times>: takes turns by compare and set, saves and updates of one list.
const [directory, name, times] = process.argv.slice(2)
await using storage = new FileStorage({ directory: directory!, durability: "none" })
for (let time = 0; time < Number(times); time++) {
  const item = `${name}-${time}`
  for (;;) {
    const found = await storage.loadEntry<string[]>("list")
    try {
      await storage.save("list", [...(found?.value ?? []), item], {
        ifRevision: found?.entry.revision ?? null,
      })
      break
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "ERR_PERSIST_CONFLICT") throw error
    }
  }
  await storage.update<string[]>("list", (list) => [...list, `${item}-updated`], { default: [] })
  writeSync(1, `${item}\n`)
}
