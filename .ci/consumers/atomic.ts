import { mkdtempSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { PersistError, writeFileAtomic } from "@persist/atomic"

const path = join(mkdtempSync("consumer-"), "file.txt")
await writeFileAtomic(path, "whole", { durability: "full" })
if (readFileSync(path, "utf8") !== "whole")
  throw new Error("The file does not hold what was written.")
if (PersistError.is(new Error("foreign")))
  throw new Error("A foreign error is taken for one of ours.")

// @ts-expect-error No such durability.
const refused = writeFileAtomic(path, "never", { durability: "fast" })
await refused.catch(() => undefined)
