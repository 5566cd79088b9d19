import { storageConformance } from "@persist/core/conformance"
import { afterAll, describe, test } from "vitest"
import { JournalStorage } from "../src/journal-storage.ts"
import { newPath, removeJournals } from "./new-path.ts"

afterAll(removeJournals)

storageConformance<JournalStorage>(
  { describe, test },
  {
    name: "JournalStorage",
    open: (options) => new JournalStorage(newPath(), options),
    reopen: ({ path }, options) => new JournalStorage(path, options),
  },
)
