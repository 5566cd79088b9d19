// Node has a number for what network file systems say of an open file that others have removed, but no name: its code
// is "Unknown system error -116", -70 where the system is no Linux.
const stale = process.platform === "linux" ? -116 : -70

/** The code of a system error (`"ENOENT"`), undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  if (errno === stale) return "ESTALE"
  return typeof code === "string" ? code : undefined
}

/** Whether Node's permission model refused a call, as it does some by a descriptor whatever is allowed. */
export function isRefused(error: unknown): boolean {
  return codeOf(error) === "ERR_ACCESS_DENIED"
}

/** Whether a call was refused for want of rights: nothing has happened then, though a look at it may be refused as well. */
export function isNotAllowed(error: unknown): boolean {
  return ["EACCES", "EPERM", "ERR_ACCESS_DENIED"].includes(codeOf(error) ?? "")
}

/** Runs `work`, swallowing its error: for tidying up after a failure that is being reported already. */
export function quietly(work: () => void): void {
  try {
    work()
  } catch {}
}
