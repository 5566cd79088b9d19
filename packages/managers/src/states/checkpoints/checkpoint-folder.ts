import { PersistError } from "@persist/core"

/** Where the checkpoints of the state `name` lie, beside those of no other. @throws `ERR_PERSIST_INVALID_KEY` */
export function checkpointFolder(name: string): string {
  if (typeof name !== "string") {
    const message = `A state's name is a string; this one is ${String(name)}.`
    throw new PersistError("ERR_PERSIST_INVALID_KEY", message)
  }
  if (name.isWellFormed()) return `checkpoints/${encodeURIComponent(name).replaceAll(".", "%2E")}`
  return `checkpoints/%${Buffer.from(name, "utf16le").toString("hex")}`
}
