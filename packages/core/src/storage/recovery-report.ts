import type { Logger } from "./options.ts"
import type { Substitute } from "./recovery.ts"
import { publishRecovery } from "./tracing.ts"

/** Tells subscribers and the logger that a value came from history. */
export function reportRecovery(
  key: string,
  { recovery }: Substitute,
  logger: Logger | undefined,
): void {
  publishRecovery({ key, ...recovery })
  logger?.warn?.(
    `"${key}" was damaged; recovered from its ${recovery.kind} ${recovery.from}.`,
    recovery.reason,
  )
}
