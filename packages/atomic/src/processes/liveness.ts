import { uptime } from "node:os"
import { codeOf } from "../system-error.ts"
import {
  type Identity,
  identity,
  shortStart,
  type Task,
  unknownBoot,
  unknownStart,
} from "./identity.ts"
import { readProcessState, readTaskState } from "./process-state.ts"

/** `"unknown"`: it cannot be seen from here, so only its signs of life can tell. */
export type Liveness = "alive" | "dead" | "unknown"

// ext, xfs, btrfs, tmpfs, overlay, zfs, f2fs: file systems that one kernel at a time can have mounted.
const ownedByOneKernel: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010,
])

/** What a process left behind; looked at only when that can decide. */
export interface Trace {
  /** The kind of the file system on which it is. */
  kind(): number | undefined
  /** When it was last written, nanoseconds since 1970. */
  writtenAt(): bigint | undefined
}

/** Tells whether the process that `other` names lives. */
export function livenessOf(other: Identity, trace: Trace): Liveness {
  const self = identity()
  if (other.boot !== self.boot) {
    if (other.boot === unknownBoot || self.boot === unknownBoot) return "unknown"
    return isFromBeforeBoot(trace) ? "dead" : "unknown"
  }
  if (other.space !== self.space) return "unknown"
  return livenessOfLocal(other)
}

// Written to a local disk before this kernel started: whoever it was ended with an earlier one. The name of the boot
// alone does not prove that, since some containers are given one of their own.
function isFromBeforeBoot(trace: Trace): boolean {
  const kind = trace.kind()
  if (kind === undefined || !ownedByOneKernel.has(kind)) return false
  const writtenAt = trace.writtenAt()
  const bootedAt = Date.now() - uptime() * 1_000
  return writtenAt !== undefined && Number(writtenAt) / 1e6 < bootedAt - 1_000
}

function livenessOfLocal({ pid, start }: Identity): Liveness {
  if (!exists(pid)) return "dead"
  // Numbers are used again, so one without its start time may by now be another process's, even ours.
  if (start === unknownStart) return "unknown"
  const state = readProcessState(pid)
  if (state === undefined) return exists(pid) ? "unknown" : "dead"
  return state.defunct || shortStart(state.start) !== start ? "dead" : "alive"
}

function exists(pid: number): boolean {
  // 0 and below would ask about process groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== "ESRCH"
  }
}

/** Tells whether a thread of the process `pid`, which lives and can be seen from here, lives. */
export function livenessOfTask(pid: number, { id, start }: Task): Liveness {
  try {
    const state = readTaskState(pid, id)
    if (state === undefined) return "unknown"
    return shortStart(state.start) === start ? "alive" : "dead"
  } catch (error) {
    // ESRCH: it ended while it was read.
    return ["ENOENT", "ESRCH"].includes(codeOf(error) ?? "") ? "dead" : "unknown"
  }
}
