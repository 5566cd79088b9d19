import { readFileSync } from "node:fs"

/** What Linux tells about a process. */
export interface ProcessState {
  /** Kernel ticks between boot and the process's start. */
  readonly start: string
  /** Nothing of it runs any more; only its parent has not looked yet. */
  readonly defunct: boolean
}

/** Reads `/proc/<pid>/stat`; undefined where that is not to be seen. */
export function readProcessState(pid: number): ProcessState | undefined {
  try {
    return parseState(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return undefined
  }
}

/** `readProcessState` for one thread of a process, by the kernel's number of it. @throws System errors as they are. */
export function readTaskState(pid: number, task: number): ProcessState | undefined {
  return parseState(readFileSync(`/proc/${pid}/task/${task}/stat`, "latin1"))
}

function parseState(text: string): ProcessState | undefined {
  // The second field is the command in parentheses, which may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const state = fields[0]
  const threads = Number(fields[17])
  const start = fields[19]
  if (state === undefined || start === undefined || !/^\d+$/.test(start)) return undefined
  // A killed process whose main thread is gone may still have another one inside a system call.
  return { start, defunct: (state === "Z" || state === "X") && threads <= 1 }
}
