import { channel, tracingChannel } from "node:diagnostics_channel"
import type { Recovery } from "./entry.ts"

/** What subscribers of the `persist:storage:*` tracing channels receive; `result` and `error` are added at the end. */
export interface StorageTrace {
  /** Class name of the storage. */
  readonly storage: string
  /** The whole key, or the prefix for `list`. */
  readonly key: string
}

type Operation = "save" | "load" | "delete" | "exists" | "stat" | "list" | "update" | "restore"

const channels = new Map<Operation, ReturnType<typeof tracingChannel<StorageTrace>>>()
const recovered = channel("persist:storage:recovered")

/** Runs `work` inside the tracing channel `persist:storage:<operation>`; costs one check when nobody listens. */
export function traced<T>(
  operation: Operation,
  storage: object,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  let tracing = channels.get(operation)
  if (tracing === undefined) {
    tracing = tracingChannel<StorageTrace>(`persist:storage:${operation}`)
    channels.set(operation, tracing)
  }
  if (!tracing.hasSubscribers) return work()
  return tracing.tracePromise(work, { storage: storage.constructor.name, key })
}

/** What subscribers of `persist:storage:recovered` receive. */
export interface RecoveryMessage extends Recovery {
  readonly key: string
}

/** Tells the subscribers of `persist:storage:recovered`. */
export function publishRecovery(message: RecoveryMessage): void {
  if (recovered.hasSubscribers) recovered.publish(message)
}
