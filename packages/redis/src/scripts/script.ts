import { createHash } from "node:crypto"

/** One Lua script, with what EVALSHA calls it by. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** Makes a script of its parts. */
export function script(...parts: readonly string[]): Script {
  const text = parts.map((part) => part.trim()).join("\n")
  return Object.freeze({ text, sha: createHash("sha1").update(text).digest("hex") })
}
