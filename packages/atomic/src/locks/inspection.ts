import { dirname } from "node:path"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { kindOf } from "../files/file-system-kind.ts"
import { type Liveness, livenessOf, livenessOfTask, type Trace } from "../processes/liveness.ts"
import { codeOf, quietly } from "../system-error.ts"
import { decodeRecord, type LockRecord } from "./lock-record.ts"

/** What a look at a lock file showed. */
export interface Inspection {
  /** Undefined when the file holds no record. */
  readonly record: LockRecord | undefined
  readonly facts: FileFacts
  /** The holder cannot come back: it is dead, and seen to be. */
  readonly isDead: boolean
  /** The holder is seen to live; its signs of life do not matter. */
  readonly isAlive: boolean
}

const longestRecord = 4096

/** Looks at a lock file; undefined when there is none. */
export function inspect(fileSystem: FileSystem, lockFile: string): Inspection | undefined {
  const there = fileSystem.lstatSync(lockFile)
  if (there === undefined) return undefined
  const unknown = { record: undefined, facts: there, isDead: false, isAlive: false }
  // Somebody else put a folder, a link or a pipe there; who opens a pipe waits for its other end.
  if (!there.isFile()) return unknown
  let descriptor: number
  try {
    descriptor = fileSystem.openSync(lockFile, "r")
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    if (isSecret(error)) return unknown
    throw error
  }
  try {
    const facts = fileSystem.fstatSync(descriptor)
    const isPlausible = facts.isFile() && facts.size <= longestRecord
    const record = isPlausible ? decodeRecord(fileSystem.readAllSync(descriptor)) : undefined
    if (record === undefined) return { record, facts, isDead: false, isAlive: false }
    const liveness = livenessOfHolder(record, {
      kind: () => kindOf(fileSystem, dirname(lockFile)),
      writtenAt: () => facts.mtimeNs,
    })
    return { record, facts, isDead: liveness === "dead", isAlive: liveness === "alive" }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  } finally {
    quietly(() => fileSystem.closeSync(descriptor))
  }
}

function livenessOfHolder({ identity, thread, task }: LockRecord, trace: Trace): Liveness {
  const liveness = livenessOf(identity, trace)
  if (liveness !== "alive" || thread === 0) return liveness
  // A thread can end without its process.
  return task === undefined ? "unknown" : livenessOfTask(identity.pid, task)
}

// What network file systems say of a file that is open when others remove it.
function isGone(error: unknown): boolean {
  const code = codeOf(error)
  return code === "ENOENT" || code === "ESTALE"
}

// Another user's, made under a strict umask: held by somebody unknown.
function isSecret(error: unknown): boolean {
  const code = codeOf(error)
  return code === "EACCES" || code === "EPERM"
}
