import { basename } from "node:path"
import { PersistError } from "@persist/core"
import { quarantine } from "../history/quarantine.ts"
import { isMissing } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import { readSnapshot } from "../reading/read-file.ts"
import { entryOf } from "../reading/revision.ts"
import type { FileContext } from "../writing/context.ts"
import { removeReplaced } from "../writing/remove.ts"
import type { Problem } from "./problem.ts"

/**
 * Mends one problem, if it can be mended.
 *
 * @param load Loads the current value, which recovers it and sets the damaged bytes aside.
 */
export async function mend(
  context: FileContext,
  problem: Problem,
  load: (key: string) => Promise<unknown>,
): Promise<boolean> {
  const { kind, key, path } = problem
  if (kind === "unreadable") return false
  try {
    if (kind === "damaged") await load(key)
    else if (kind === "superseded") await removeSuperseded(context, key, path)
    else await setCopyAside(context, key, path)
    return true
  } catch (error) {
    if (PersistError.is(error, "ERR_PERSIST_CORRUPT")) return false
    if (isMissing(error)) return true
    throw error
  }
}

async function removeSuperseded(context: FileContext, key: string, path: string): Promise<void> {
  const older = locateAll(context.layout, key).slice(1)
  await removeReplaced(
    context,
    key,
    older.filter((located) => located.path === path),
  )
}

async function setCopyAside(context: FileContext, key: string, path: string): Promise<void> {
  const { bytes, facts } = await readSnapshot(path)
  const format = basename(path).replace(/^[^.]*/, "")
  await quarantine(context, key, { bytes, entry: entryOf(key, format, path, facts) })
  context.fileSystem.unlinkSync(path)
}
