import { expiredHistory, type HistoryKind, type WriteRequest } from "@persist/core"
import { isMissing } from "../reading/containment.ts"
import type { FileContext } from "../writing/context.ts"
import { savedAt } from "./history.ts"

/**
 * Removes the history of `key` that the retention no longer wants, of the kinds that a change added to.
 * Call it when the change is durable: an old copy goes only after the new one is safe.
 */
export function retain(
  context: FileContext,
  key: string,
  { version, backup, retention }: Pick<WriteRequest, "version" | "backup" | "retention">,
): void {
  if (version === undefined && backup === undefined) return
  const isEndless = retention.maxAge === Number.POSITIVE_INFINITY
  const kinds: HistoryKind[] = []
  if (version !== undefined && !(isEndless && !Number.isFinite(retention.versions)))
    kinds.push("version")
  if (backup !== undefined && !(isEndless && !Number.isFinite(retention.backups)))
    kinds.push("backup")
  try {
    for (const kind of kinds) retainKind(context, key, kind, { version, backup, retention })
  } catch (error) {
    // The change itself has succeeded; the next one tries again.
    context.logger?.warn?.(`Old history of "${key}" could not be removed.`, error)
  }
}

function retainKind(
  { history, fileSystem, clock }: FileContext,
  key: string,
  kind: HistoryKind,
  { version, backup, retention }: Pick<WriteRequest, "version" | "backup" | "retention">,
): void {
  const files = history.files(kind, key)
  const entries = files.map((file) => ({ ...file, savedAt: savedAt(file.id), size: 0 }))
  const expired = new Set(expiredHistory(entries, retention, clock(), [version, backup]))
  let failure: unknown
  for (const { id, path } of files) {
    if (!expired.has(id)) continue
    try {
      fileSystem.unlinkSync(path)
    } catch (error) {
      // One that cannot go must not keep the others.
      if (!isMissing(error)) failure = error
    }
  }
  if (failure !== undefined) throw failure
}
