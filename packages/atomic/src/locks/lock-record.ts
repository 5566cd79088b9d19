import {
  hostName,
  type Identity,
  identity,
  type Task,
  task,
  thread,
} from "../processes/identity.ts"
import type { LockHolder } from "./lock.ts"

/** What a lock file says about its holder. */
export interface LockRecord {
  /** Unlike that of any other lock ever taken. */
  readonly token: string
  readonly host: string
  readonly identity: Identity
  readonly thread: number
  /** The kernel's name of a thread that is not the main one, where it is known. */
  readonly task: Task | undefined
  /** Milliseconds since 1970, by the holder's clock. */
  readonly since: number
  /** Milliseconds between the holder's signs of life. */
  readonly heartbeat: number
}

const longestHeartbeat = 3_600_000

/** Writes the record of a lock that this thread takes. */
export function encodeRecord(token: string, heartbeat: number): Uint8Array {
  const { boot, space, pid, start } = identity()
  const host = JSON.stringify(hostName())
  const since = Date.now()
  const number = thread()
  const own = number === 0 ? undefined : task()
  const named = own === undefined ? "" : `"task":${own.id},"taskStart":"${own.start}",`
  return Buffer.from(
    `{"token":"${token}","host":${host},"pid":${pid},"thread":${number},${named}"boot":"${boot}",` +
      `"space":"${space}","start":"${start}","since":${since},"heartbeat":${heartbeat}}\n`,
  )
}

/** Reads a lock file; undefined when it holds no record: half made, damaged or somebody else's. */
export function decodeRecord(bytes: Uint8Array): LockRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  const { token, host, pid, thread, boot, space, start, since, heartbeat, task, taskStart } =
    value as { readonly [Name in string]: unknown }
  if (typeof token !== "string" || typeof host !== "string" || typeof boot !== "string") return
  if (typeof space !== "string" || typeof start !== "string" || !isCount(pid)) return
  if (!isCount(thread) || !isCount(since) || !isCount(heartbeat)) return
  return {
    token,
    host,
    identity: { boot, space, pid, start },
    thread,
    task:
      isCount(task) && typeof taskStart === "string" ? { id: task, start: taskStart } : undefined,
    since,
    heartbeat: Math.min(heartbeat, longestHeartbeat),
  }
}

/** The record's holder, for messages. */
export function holderOf({ host, identity, thread, since }: LockRecord): LockHolder {
  return { host, pid: identity.pid, thread, since: new Date(since) }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
