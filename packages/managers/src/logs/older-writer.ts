import { stat } from "node:fs/promises"
import { hostname } from "node:os"

const pattern = /^([A-Za-z0-9-]+)~(\d+)$/

/** Whether a writer is called by host and process number, as older programs called theirs. */
export function isOlderWriterName(writer: string): boolean {
  return pattern.test(writer)
}

/** Whether the writer with a name of old, of the file at `path`, is certainly gone. */
export async function isOlderWriterGone(writer: string, path: string): Promise<boolean> {
  const [, host, number] = pattern.exec(writer) ?? []
  if (host !== hostname().replace(/[^A-Za-z0-9-]/g, "-")) return false
  if (Number(number) === process.pid) return isFromBeforeThisProcess(path)
  try {
    process.kill(Number(number), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH"
  }
}

/** In a container every process may have the same number. */
async function isFromBeforeThisProcess(path: string): Promise<boolean> {
  // A worker cannot tell when the process began.
  if (!process.getBuiltinModule("node:worker_threads").isMainThread) return false
  const facts = await stat(path).catch(() => undefined)
  return facts !== undefined && facts.ctimeMs < performance.timeOrigin
}
