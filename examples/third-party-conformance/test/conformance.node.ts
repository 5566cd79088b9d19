import { after, describe, test } from "node:test"
import { storageConformance } from "@persist/core/conformance"
import { JournalStorage } from "../src/journal-storage.ts"
import { newPath, removeJournals } from "./new-path.ts"

after(removeJournals)

storageConformance<JournalStorage>(
  { describe, test },
  {
    name: "JournalStorage",
    open: (options) => new JournalStorage(newPath(), options),
    reopen: ({ path }, options) => new JournalStorage(path, options),
  },
)
