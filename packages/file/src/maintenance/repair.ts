import { basename } from "node:path"
import { quarantine } from "../history/quarantine.ts"
import { isMissing } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import { readSnapshot } from "../reading/read-file.ts"
import { entryOf } from "../reading/revision.ts"
import type { FileContext } from "../writing/context.ts"
import { removeReplaced } from "../writing/remove.ts"
import type { Problem } from "./problem.ts"
import { isRefusal } from "./refusal.ts"

/**
 * Mends one problem, if it can be mended.
 *
 * @param recover Recovers the current value and sets the damaged bytes aside; whether it is whole now.
 * @returns What remains of it, with the reason where there is one; undefined when all is well.
 */
export async function mend(
  context: FileContext,
  problem: Problem,
  recover: (key: string) => Promise<boolean>,
): Promise<Problem | undefined> {
  const { kind, key, path } = problem
  if (kind === "unreadable") return problem
  try {
    if (kind === "damaged") return (await recover(key)) ? undefined : problem
    if (kind === "superseded") await removeSuperseded(context, key, path)
    else await setCopyAside(context, key, path)
    return undefined
  } catch (reason) {
    if (isMissing(reason)) return undefined
    // What cannot be mended must not keep the rest from it.
    if (isRefusal(reason)) return { ...problem, reason }
    throw reason
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
