import { encodeRecord } from "../../src/locks/lock-record.ts"

/** The lock file of a process that is gone: ours, but started at another time. */
export function deadRecord(token = "d".repeat(32)): string {
  return changed(token, { start: "zzzzzz".replaceAll("z", "v") })
}

/** The lock file of a process on another machine, or in another container. */
export function foreignRecord(token = "f".repeat(32), heartbeat = 10): string {
  return changed(token, { space: "vvvv", host: "elsewhere", heartbeat })
}

function changed(token: string, changes: object): string {
  const record: object = JSON.parse(Buffer.from(encodeRecord(token, 2_000)).toString())
  return `${JSON.stringify({ ...record, ...changes })}\n`
}
