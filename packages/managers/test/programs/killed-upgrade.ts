// Brings a configuration to version 1, and is killed half through the first bytes that it writes.
import fs from "node:fs"
import { open } from "node:fs/promises"
import { openConfig } from "@persist/managers"

const { writeSync } = fs
const die = (descriptor: number, bytes: Uint8Array) => {
  writeSync(descriptor, bytes.subarray(0, bytes.length / 2))
  process.kill(process.pid, "SIGKILL")
  return bytes.length
}
fs.writeSync = die as typeof writeSync
await using handle = await open(import.meta.filename)
Object.assign(Object.getPrototypeOf(handle), {
  writeFile(this: { readonly fd: number }, bytes: Uint8Array) {
    die(this.fd, bytes)
  },
})
const project = process.argv[2]!
await openConfig({ project, version: 1, migrate: { 1: (old) => ({ ...(old as object), b: 1 }) } })
