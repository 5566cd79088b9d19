import { dirname } from "node:path"
import { kindOf } from "../files/file-system-kind.ts"
import { nodeFileSystem } from "../node-file-system.ts"
import { base32 } from "./base32.ts"
import { type Identity, identity } from "./identity.ts"
import { type Liveness, livenessOf } from "./liveness.ts"

const pattern = /^([0-9a-v]{5})([0-9a-v]{4})([0-9a-v]{7})([0-9a-v]{6})$/
let own: string | undefined

/** This process in the 22 characters that say in a file's name who made it: boot, space, number, start. */
export function makerName(): string {
  if (own === undefined) {
    const { boot, space, pid, start } = identity()
    own = `${boot}${space}${base32(BigInt(pid), 7)}${start}`
  }
  return own
}

/** Who a `makerName` means; undefined for any other text. */
export function parseMaker(name: string): Identity | undefined {
  const match = pattern.exec(name)
  if (match === null) return undefined
  const [, boot, space, pid, start] = match as unknown as [string, string, string, string, string]
  return { boot, space, pid: Number.parseInt(pid, 32), start }
}

/** Tells whether the process lives that the `makerName` in the name of the file at `path` means. */
export function livenessOfMaker(name: string, path: string): Liveness {
  const maker = parseMaker(name)
  if (maker === undefined) return "unknown"
  return livenessOf(maker, {
    kind: () => kindOf(nodeFileSystem, dirname(path)),
    writtenAt: () => nodeFileSystem.lstatSync(path)?.mtimeNs,
  })
}
