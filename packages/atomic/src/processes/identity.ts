import { createHash } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import { base32 } from "./base32.ts"
import { readProcessState, readTaskState } from "./process-state.ts"

/** Who made a temporary file or holds a lock, in the few characters that a file name can carry. */
export interface Identity {
  /** Five characters naming the running kernel; `"00000"` where it cannot be known. */
  readonly boot: string
  /** Four characters naming the space in which `pid` means something: host name, PID and time namespace. */
  readonly space: string
  readonly pid: number
  /** Six characters of the process's start time in kernel ticks; `"000000"` where it cannot be known. */
  readonly start: string
}

/** One thread of a process, as the kernel knows it. */
export interface Task {
  /** The kernel's number of the thread. */
  readonly id: number
  /** Six characters of the thread's start time in kernel ticks. */
  readonly start: string
}

/** What `boot` says where the kernel does not tell. */
export const unknownBoot = "00000"
/** What `start` says where the kernel does not tell. */
export const unknownStart = "000000"

let self: Identity | undefined
let host: string | undefined

/** The identity of this process. */
export function identity(): Identity {
  self ??= process.platform === "linux" ? linuxIdentity() : plainIdentity()
  return self
}

/** The name of this machine, for messages. */
export function hostName(): string {
  host ??= hostname()
  return host
}

/** The number of this worker thread; 0 is the main one. */
export function thread(): number {
  // Importing it takes Node two milliseconds, which those who never take a lock need not spend.
  return process.getBuiltinModule("node:worker_threads").threadId
}

let ownTask: { readonly task: Task | undefined } | undefined

/** The kernel's name of this thread; undefined where it does not tell. */
export function task(): Task | undefined {
  ownTask ??= { task: findTask() }
  return ownTask.task
}

function findTask(): Task | undefined {
  try {
    const link = readlinkSync("/proc/thread-self")
    const [pid, , id] = link.split("/").map(Number)
    if (pid !== process.pid || id === undefined) return undefined
    const state = readTaskState(pid, id)
    return state && { id, start: shortStart(state.start) }
  } catch {
    return undefined
  }
}

/** Shortens the kernel's start time of a process or thread for a file name. */
export function shortStart(ticks: string): string {
  return base32(BigInt(ticks), 6)
}

function linuxIdentity(): Identity {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    const pidSpace = readlinkSync("/proc/self/ns/pid")
    const state = readProcessState(process.pid)
    if (boot !== "" && state !== undefined) {
      return {
        boot: digest(boot, 5),
        space: digest(`${hostName()} ${pidSpace} ${timeSpace()}`, 4),
        pid: process.pid,
        start: shortStart(state.start),
      }
    }
  } catch {}
  // Without /proc nobody can say which PIDs are comparable: a space that no other process has.
  const space = digest(`${hostName()} ${process.pid} ${process.hrtime.bigint()}`, 4)
  return { boot: unknownBoot, space, pid: process.pid, start: unknownStart }
}

function plainIdentity(): Identity {
  const space = digest(hostName(), 4)
  return { boot: unknownBoot, space, pid: process.pid, start: unknownStart }
}

// Start times are shifted inside a time namespace, so they compare only within one.
function timeSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/time")
  } catch {
    return ""
  }
}

function digest(text: string, length: number): string {
  const bits = createHash("sha256").update(text).digest().readBigUInt64BE()
  // Never the word for "unknown".
  return base32(bits | 1n, length)
}
