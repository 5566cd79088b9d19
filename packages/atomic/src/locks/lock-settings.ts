import type { FileSystem } from "../file-system.ts"
import { checkFileSystem, nodeFileSystem } from "../node-file-system.ts"
import { checkFunction, checkSignal } from "../option-values.ts"
import { invalidOption, optionsCheck, toMilliseconds } from "../options.ts"
import type { LockOptions } from "./lock.ts"

/** Options that a lock has decided on, times in milliseconds. */
export interface LockSettings {
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly heartbeat: number
  readonly whenHeld: (() => void) | undefined
  readonly fileSystem: FileSystem
}

const check = optionsCheck<LockOptions>("lock", {
  timeout: true,
  signal: true,
  heartbeat: true,
  whenHeld: true,
  fileSystem: true,
})

const shortestHeartbeat = 10
const longestHeartbeat = 3_600_000

const defaults: LockSettings = Object.freeze({
  timeout: 30_000,
  signal: undefined,
  heartbeat: 2_000,
  whenHeld: undefined,
  fileSystem: nodeFileSystem,
})

/** Checks and completes the options of a lock. */
export function lockSettings(options: LockOptions | undefined): LockSettings {
  if (options === undefined) return defaults
  check(options)
  const { signal, whenHeld, fileSystem = nodeFileSystem } = options
  const timeout = toMilliseconds(
    options.timeout === undefined ? defaults.timeout : options.timeout,
    "timeout",
  )
  const heartbeat = toMilliseconds(
    options.heartbeat === undefined ? defaults.heartbeat : options.heartbeat,
    "heartbeat",
  )
  if (heartbeat < shortestHeartbeat || heartbeat > longestHeartbeat) {
    throw invalidOption("heartbeat", heartbeat, `${shortestHeartbeat} ms to one hour`)
  }
  checkSignal(signal)
  checkFileSystem(fileSystem)
  checkFunction("whenHeld", whenHeld)
  return { timeout, signal, heartbeat, whenHeld, fileSystem }
}
