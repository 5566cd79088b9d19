/**
 * The code that Node gives the system's "disk quota exceeded", for which it has a number but no name: 122, 69 where the
 * system is no Linux. A file system of the caller's may say EDQUOT.
 */
export const quotaCode: string = `Unknown system error -${process.platform === "linux" ? 122 : 69}`

/** Whether a system error says that nothing can be written before there is room: on the disk, or in the user's quota. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return code === "ENOSPC" || code === "EDQUOT" || code === quotaCode
}
