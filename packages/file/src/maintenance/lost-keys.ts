import { join } from "node:path"
import { PersistError } from "@persist/core"
import { namesIn } from "../history/history.ts"
import { internalFolder, longFolder } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import type { Problem } from "./problem.ts"

const pattern = /^[0-9a-f]{40}(?=\.)/

/** The values under long keys that no list can name, since the file that holds the key is damaged or gone. */
export function* lostKeys(layout: Layout): Generator<Problem> {
  for (const name of namesIn(join(layout.root, longFolder))) {
    const hash = pattern.exec(name)?.[0]
    if (hash === undefined || !layout.formats.includes(name.slice(hash.length))) continue
    if (layout.fileOf(`${longFolder}/${name}`) !== undefined) continue
    const path = join(layout.root, longFolder, name)
    const reason = new PersistError(
      "ERR_PERSIST_CORRUPT",
      `The key of this value is not in ${join(layout.root, internalFolder, "keys", hash)}, so it is in no list. Who knows the key can load the value, and saving it again puts the key back.`,
      { path },
    )
    yield { kind: "unreadable", key: "", path, reason }
  }
}
