import { channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel"
import type { Recovery } from "./entry.ts"

/** What subscribers of the `persist:storage:*` tracing channels receive; `result` and `error` are added at the end. */
export interface StorageTrace {
  /** Class name of the storage. */
  readonly storage: string
  /** The whole key, or the prefix for `list`. */
  readonly key: string
}

/** The operations that have a tracing channel `persist:storage:<operation>`. */
export type Operation =
  | "save"
  | "load"
  | "delete"
  | "exists"
  | "stat"
  | "list"
  | "update"
  | "versions"
  | "backups"
  | "restore"

const channels = new Map<Operation, TracingChannel<StorageTrace>>()
const recovered = channel("persist:storage:recovered")

function channelOf(operation: Operation): TracingChannel<StorageTrace> {
  let tracing = channels.get(operation)
  if (tracing === undefined) {
    tracing = tracingChannel<StorageTrace>(`persist:storage:${operation}`)
    channels.set(operation, tracing)
  }
  return tracing
}

/** Whether somebody listens to `persist:storage:<operation>`. */
export function isTraced(operation: Operation): boolean {
  return channelOf(operation).hasSubscribers
}

/** Runs `work` inside the tracing channel `persist:storage:<operation>`; costs one check when nobody listens. */
export function traced<T>(
  operation: Operation,
  storage: object,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const tracing = channelOf(operation)
  if (!tracing.hasSubscribers) return work()
  return tracing.tracePromise(work, { storage: storage.constructor.name, key })
}

/** `traced` for the synchronous operations; they share the channels of their twins. */
export function tracedSync<T>(
  operation: Operation,
  storage: object,
  key: string,
  work: () => T,
): T {
  const tracing = channelOf(operation)
  if (!tracing.hasSubscribers) return work()
  return tracing.traceSync(work, { storage: storage.constructor.name, key })
}

/** What subscribers of `persist:storage:recovered` receive. */
export interface RecoveryMessage extends Recovery {
  readonly key: string
}

/** Tells the subscribers of `persist:storage:recovered`. */
export function publishRecovery(message: RecoveryMessage): void {
  if (recovered.hasSubscribers) recovered.publish(message)
}
