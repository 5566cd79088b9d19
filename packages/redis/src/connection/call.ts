import { unlessNewer, unlessNewerOrDeleted } from "../scripts/newer.ts"
import type { Script } from "../scripts/script.ts"
import type { Argument, CommandMode } from "./client.ts"

/** One command, and what to do when its answer does not come. */
export interface Call {
  readonly shard: number
  /** For EVALSHA, what it calls. */
  readonly script: Script | undefined
  readonly command: readonly Argument[] | Part
  readonly mode: CommandMode | undefined
  /** What it is for, as errors put it: an operation, and a key or "". */
  readonly operation: string
  readonly key: string
  readonly signal: AbortSignal | undefined
  /** On `performance.now()`. */
  readonly began: number
  /** For a write that replicas have to confirm: what the keys of its shard start with. */
  readonly tag: string | undefined
  /** What recognises it on the server; `undefined` for what may be sent again as it is. */
  readonly mutation: Mutation | undefined
}

/** A call of a script that others of its kind can be sent together with, as one command. */
export interface Part {
  readonly kind: PartKind
  readonly bytes: Uint8Array
}

/** What calls are that can be sent together; the same object for all of them. */
export interface PartKind {
  readonly script: Script
  /** Most that is sent as one command: the server does nothing else meanwhile. */
  readonly most: { readonly parts: number; readonly bytes: number }
  /** What is sent when `part` is sent again: with `wish` in place of any revision. */
  again?(part: Part, wish: string): Part
  /** The command that does what `parts` ask, of which there is at least one. */
  commandFor(parts: readonly Part[]): readonly Argument[]
}

/** A command that must not be carried out twice. */
export interface Mutation {
  /** Unique. */
  readonly id: string
  /** Where the server notes it. */
  readonly log: string
}

/** The command that calls a script by its hash. */
export function callOf(
  { sha }: Script,
  keys: readonly string[],
  arguments_: readonly Argument[],
): Argument[] {
  return ["EVALSHA", sha, String(keys.length), ...keys, ...arguments_]
}

/** Which of the arguments of every script that is a mutation by itself is the revision that must be there. */
const expectedAt = 2

/** Whether whatever there is may be replaced, at most but for what was asked for later. */
export function isAny(expected: Argument): boolean {
  return expected === "" || expected === unlessNewer || expected === unlessNewerOrDeleted
}

/**
 * The call as it is sent again: what was asked for after it, and has been done meanwhile, it leaves as it is. Made
 * when it begins to stand in line: what is asked for from then on comes behind it.
 *
 * @param deletedAt When a delete was asked for last, on `performance.now()`.
 */
export function again(call: Call, deletedAt: number): Call {
  const { command, mutation } = call
  if (mutation === undefined) return call
  const wish = deletedAt >= call.began ? unlessNewerOrDeleted : unlessNewer
  if (isPart(command)) return { ...call, command: command.kind.again?.(command, wish) ?? command }
  const at = 3 + Number(command[2]) + expectedAt
  const wished = command[at]!
  const isLess = isAny(wished) && wished !== unlessNewerOrDeleted
  return isLess ? { ...call, command: command.with(at, wish) } : call
}

/** How a call is sent that must not be sent with others. */
export interface SendAlone {
  /** Whether with the script's text, for a server that does not know it. */
  readonly isText: boolean
}

export function isPart(command: Call["command"]): command is Part {
  return !Array.isArray(command)
}

/** A command that calls a script, with its text instead of its hash. */
export function withText(script: Script, command: readonly Argument[]): Argument[] {
  return ["EVAL", script.text, ...command.slice(2)]
}
