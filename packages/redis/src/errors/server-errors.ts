import { PersistError, type PersistErrorCode } from "@persist/core"
import { isError } from "@persist/core/options"

/** What an error that a server answers with means. */
interface Meaning {
  readonly code: PersistErrorCode
  readonly advice: string
  /**
   * `"passing"`: the server did nothing, and may do it when it is asked again a little later. `"lasting"`: another
   * connection would be answered the same, by what the server wants to know of us. `"unwritable"`: the server takes no
   * writes until somebody looks after it.
   */
  readonly kind?: "passing" | "lasting" | "unwritable"
}

const meanings: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [
    /^(NOAUTH|WRONGPASS|ERR.*invalid password|ERR.*without any password)/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice: "the server wants other credentials; put them into the url, or into the client",
      kind: "lasting",
    },
  ],
  [
    /^NOPERM|can't (run|access) |ACL failure in script/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice:
        "the access list of this user forbids it; allow the commands and keys that the README of @persist/redis lists",
      kind: "lasting",
    },
  ],
  [
    /^DENIED/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice:
        'the server is in "protected-mode" and serves only its own machine; give its users passwords, or set it to no',
      kind: "lasting",
    },
  ],
  [
    /^WRONGTYPE/,
    {
      code: "ERR_PERSIST_CORRUPT",
      advice:
        'a key below the prefix holds something else; nothing was written. Remove it, or give the storage a "prefix" of its own',
    },
  ],
  [
    /^OOM/,
    {
      code: "ERR_PERSIST_IO",
      advice:
        'the server has reached its "maxmemory"; nothing was written. Delete values, or give it more memory',
      kind: "unwritable",
    },
  ],
  [
    /^ERR string exceeds maximum allowed size/,
    {
      code: "ERR_PERSIST_LIMIT",
      advice:
        'the value is larger than the "proto-max-bulk-len" of the server; nothing was written. Compress it, split it, or raise that',
    },
  ],
  [
    /^READONLY|read only replica/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice:
        'the server is a replica; connect to the primary, or give "sentinel" or "cluster" to have it found',
      kind: "passing",
    },
  ],
  [
    /^MISCONF/,
    {
      code: "ERR_PERSIST_IO",
      advice:
        "the server cannot save its data to disk and therefore takes no writes; look at its log and disk",
      kind: "unwritable",
    },
  ],
  [
    /^NOREPLICAS/,
    {
      code: "ERR_PERSIST_IO",
      advice:
        'fewer replicas than "min-replicas-to-write" are connected, so the server takes no writes',
      kind: "unwritable",
    },
  ],
  [
    /^ERR unknown command ['`]?SENTINEL/i,
    {
      code: "ERR_PERSIST_INVALID_OPTION",
      advice: 'it is a server, no sentinel; give its address as "url"',
      kind: "lasting",
    },
  ],
  [
    /^ERR.*unknown command|Unknown Redis command/,
    {
      code: "ERR_PERSIST_UNSUPPORTED",
      advice:
        "the server lacks a command that is needed: it is older than Redis 6.2, or its configuration renames it",
      kind: "lasting",
    },
  ],
  [
    /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)\b/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice: "the server was not ready in time; try again",
      kind: "passing",
    },
  ],
  [
    // While its slot moves, a key that a script does not name beforehand is perhaps on the other node. Valkey 9 leaves out the first word.
    /^(?:ERR )?(?:Script )?attempted to access a non local key/i,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice: "the slot was moved to another node and not there in time; try again",
      kind: "passing",
    },
  ],
  [
    /^(MOVED|ASK)\b/,
    {
      code: "ERR_PERSIST_CONNECTION",
      advice: "no node of the cluster took it in time; try again",
    },
  ],
  [
    /^ERR.*DB index/,
    {
      code: "ERR_PERSIST_INVALID_OPTION",
      advice: "the server has no database of that number; give another one in the url",
      kind: "lasting",
    },
  ],
  [
    /^ERR SELECT is not allowed in cluster mode/,
    {
      code: "ERR_PERSIST_INVALID_OPTION",
      advice: "a cluster has only the database 0; give no other one",
      kind: "lasting",
    },
  ],
  [
    /cluster support disabled/,
    {
      code: "ERR_PERSIST_INVALID_OPTION",
      advice:
        'the server is no node of a cluster; give its address as "url", or a client that createClient has made',
      kind: "lasting",
    },
  ],
]

/** Where in a script it was that something was refused: Redis 6.2 puts that before the reason, once or twice. */
const scriptPlace = /^(?:ERR Error running script \(call to \w+\): )?(?:@user_script: ?\d+: )+-?/

/** Whether `error` is what a server answered, not what happened to a connection. */
export function isAnswer(error: unknown): error is Error {
  return isError(error) && /^(?:[A-Z]{2,}\b|@user_script:)/.test(error.message)
}

/** `error` without the arguments of an unknown command that a server repeats: of HELLO, a password is one of them. */
export function withoutArguments(error: unknown): unknown {
  if (!isError(error)) return error
  const [what, repeated] = error.message.split(", with args beginning with:")
  return repeated === undefined ? error : new Error(what)
}

/** Whether the server did nothing, and may do it when asked again a little later. */
export function isPassing(answer: string): boolean {
  return meaningOf(answer)?.kind === "passing"
}

/** Whether `error` is the answer of a server that takes no writes until somebody looks after it. */
export function isUnwritable(error: unknown): boolean {
  return isAnswer(error) && meaningOf(error.message)?.kind === "unwritable"
}

/** Whether another connection would be answered the same: by what the server wants to know of us. */
export function isRefusal(error: unknown): error is Error {
  return isAnswer(error) && meaningOf(error.message)?.kind === "lasting"
}

/** Whether it is a replica that has answered, to what only its primary does. */
export function isOfReplica(answer: string): boolean {
  return /^(READONLY|MASTERDOWN)\b|read only replica/.test(answer.replace(scriptPlace, ""))
}

/** The error for a server's answer. */
export function answerError(what: string, error: Error, key: string): PersistError {
  const meaning = meaningOf(error.message)
  const { code, advice } = meaning ?? { code: "ERR_PERSIST_IO" as const, advice: undefined }
  const why = advice ?? "the server refused it"
  const cause = withoutArguments(error) as Error
  return new PersistError(code, `${what} failed: ${why} (${shown(cause.message)}).`, {
    cause,
    ...(key !== "" && { key }),
  })
}

function meaningOf(answer: string): Meaning | undefined {
  const reason = answer.replace(scriptPlace, "")
  return meanings.find(([pattern]) => pattern.test(reason))?.[1]
}

/** The first line of an answer, without the trace of the script. */
function shown(message: string): string {
  return message.split(/ script: (?=[0-9a-f]{40}\b)|\n/)[0]!.slice(0, 200)
}
