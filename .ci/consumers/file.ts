import { mkdtempSync } from "node:fs"
import { FileStorage } from "@persist/file"

const directory = mkdtempSync("consumer-")
await using storage = new FileStorage({ directory })
await storage.save("game", { level: 3 }, { subfolder: "saves", version: true })
const game = await storage.load<{ level: number }>("game", { subfolder: "saves" })
if (game?.level !== 3) throw new Error("What was saved is not there.")
if ((await storage.versions("game", { subfolder: "saves" })).length !== 1)
  throw new Error("No version.")

// @ts-expect-error A misspelt option.
const refused: Promise<unknown> = storage.save("game", {}, { subfoldr: "saves" })
if (
  await refused.then(
    () => true,
    () => false,
  )
)
  throw new Error("A misspelt option was taken.")
