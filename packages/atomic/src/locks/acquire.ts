import { pause } from "../files/rename.ts"
import { abortedError, longestTimer, throwIfAborted } from "../options.ts"
import { runNow } from "../run-now.ts"
import { quietly } from "../system-error.ts"
import { othersTurn } from "../turn.ts"
import { whenAborted } from "../when-aborted.ts"
import { Contest } from "./contest.ts"
import { longestCourtesy, owesCourtesy } from "./courtesy.ts"
import { letGo } from "./disown.ts"
import { HeldLock } from "./held-lock.ts"
import { enterLine, type Place, waitInLine } from "./local-queue.ts"
import type { Lock, LockOptions } from "./lock.ts"
import { timeoutError } from "./lock-errors.ts"
import { lockPath } from "./lock-path.ts"
import { type LockSettings, lockSettings } from "./lock-settings.ts"

const shortestPause = 1
const longestPause = 20

/**
 * Takes the lock that stands for the file at `path`; the lock file is `<path>.lock`. A lock belongs to
 * whoever called, not to the process: taking it twice waits.
 *
 * @throws `ERR_PERSIST_TIMEOUT` (its message and `details.holder` name the holder), `ERR_PERSIST_ABORTED`,
 * `ERR_PERSIST_INVALID_ARGUMENT`, `ERR_PERSIST_INVALID_OPTION`, and system errors as they are.
 */
export async function lock(path: string | URL, options?: LockOptions): Promise<Lock> {
  const settings = lockSettings(options)
  const lockFile = lockPath(path, settings.fileSystem)
  throwIfAborted(settings.signal, `Waiting for the lock ${lockFile}`)
  const start = performance.now()
  const turn = othersTurn()
  if (turn !== undefined) {
    await turn
    throwIfAborted(settings.signal, `Waiting for the lock ${lockFile}`)
  }
  const place = enterLine(settings.fileSystem, lockFile) ?? (await headOfLine(lockFile, settings))
  return await contend(lockFile, settings, place, start)
}

/**
 * `lock` for programs that cannot wait for anybody in their own process: it blocks the thread while others
 * hold the lock, and throws at once when this thread itself does.
 */
export function lockSync(path: string | URL, options?: LockOptions): Lock {
  const settings = lockSettings(options)
  const lockFile = lockPath(path, settings.fileSystem)
  throwIfAborted(settings.signal, `Waiting for the lock ${lockFile}`)
  const start = performance.now()
  const place = enterLine(settings.fileSystem, lockFile)
  if (place === undefined) throw timeoutError(lockFile, 0, "this thread")
  const contest = new Contest(settings.fileSystem, lockFile, settings.heartbeat)
  try {
    if (owesCourtesy(settings.fileSystem, lockFile)) standBackSync(contest)
    for (let length = shortestPause; ; length = longer(length)) {
      const left = start + settings.timeout - performance.now()
      const descriptor = left > 0 ? contest.glance() : contest.attempt()
      if (descriptor !== undefined) return held(lockFile, settings, descriptor, place)
      if (left <= 0) throw timeoutError(lockFile, settings.timeout, contest.holder)
      pause(Math.min(jitter(length), left))
    }
  } catch (error) {
    place.leave()
    throw error
  } finally {
    contest.end()
  }
}

async function contend(
  lockFile: string,
  settings: LockSettings,
  place: Place,
  start: number,
): Promise<Lock> {
  const contest = new Contest(settings.fileSystem, lockFile, settings.heartbeat)
  try {
    if (owesCourtesy(settings.fileSystem, lockFile)) await standBack(contest, settings.signal)
    for (let length = shortestPause; ; length = longer(length)) {
      throwIfAborted(settings.signal, `Waiting for the lock ${lockFile}`)
      const left = start + settings.timeout - performance.now()
      const descriptor = left > 0 ? contest.glance() : contest.attempt()
      if (descriptor !== undefined) return held(lockFile, settings, descriptor, place)
      if (left <= 0) throw timeoutError(lockFile, settings.timeout, contest.holder)
      await rest(Math.min(jitter(length), left), settings.signal)
    }
  } catch (error) {
    place.leave()
    throw error
  } finally {
    contest.end()
  }
}

function held(
  path: string,
  { fileSystem, heartbeat, whenHeld }: LockSettings,
  descriptor: number,
  place: Place,
): Lock {
  let lock: Lock
  try {
    lock = new HeldLock({ fileSystem, path, descriptor, heartbeat }, () => place.leave())
  } catch (error) {
    // Nobody would ever give it back: this process lives.
    quietly(() => fileSystem.unlinkSync(path))
    letGo({ fileSystem, descriptor, heartbeat })
    throw error
  }
  try {
    if (whenHeld !== undefined) runNow("whenHeld", whenHeld)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}

function headOfLine(lockFile: string, settings: LockSettings): Promise<Place> {
  const { fileSystem, signal, timeout } = settings
  const { promise, resolve, reject } = Promise.withResolvers<Place>()
  const giveUp = waitInLine(fileSystem, lockFile, (place) => {
    tidy()
    resolve(place)
  })
  const timer = Number.isFinite(timeout)
    ? setTimeout(expire, Math.min(timeout, longestTimer))
    : undefined
  const stop = signal && whenAborted(signal, abort)
  return promise

  function expire(): void {
    giveUp()
    tidy()
    reject(timeoutError(lockFile, timeout, "this thread"))
  }
  function abort(): void {
    giveUp()
    tidy()
    reject(abortedError(signal!, `Waiting for the lock ${lockFile}`))
  }
  function tidy(): void {
    clearTimeout(timer)
    stop?.()
  }
}

async function standBack(contest: Contest, signal: AbortSignal | undefined): Promise<void> {
  const end = performance.now() + longestCourtesy
  while (performance.now() < end && !contest.isTaken && !signal?.aborted) await rest(1, signal)
}

function standBackSync(contest: Contest): void {
  const end = performance.now() + longestCourtesy
  while (performance.now() < end && !contest.isTaken) pause(1)
}

function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      stop?.()
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    const stop = signal && whenAborted(signal, wake)
  })
}

function longer(length: number): number {
  return Math.min(length * 1.5, longestPause)
}

function jitter(length: number): number {
  return length * (0.5 + Math.random())
}
