import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { storageConformance } from "@persist/core/conformance"
import { describe, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

storageConformance<FileStorage>(
  { describe, test },
  {
    name: "FileStorage",
    open: (options) =>
      new FileStorage({
        ...options,
        directory: join(temporaryFolder(), "data"),
        durability: "none",
      }),
    reopen: (storage, options) =>
      new FileStorage({ ...options, directory: storage.directory, durability: "none" }),
    damage: async (storage, key, bytes) => {
      const entry = await storage.stat(key)
      writeFileSync(entry!.path!, bytes)
    },
  },
)
