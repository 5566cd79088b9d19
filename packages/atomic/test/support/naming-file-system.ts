import { existsSync } from "node:fs"
import { nodeFileSystem } from "../../src/index.ts"
import { interferingFileSystem, type SeamCall, systemError } from "./interfering-file-system.ts"

const smb = 0xfe534d42

/**
 * A file system that asks about open files by the name by which they were opened, as an SMB client on Linux does: by
 * another name they cannot be opened, of a name that is gone nothing is told, and the name of an open file stays until
 * it is closed.
 */
export function namingFileSystem() {
  const names = new Map<number, string>()
  const going = new Set<string>()
  const isOpen = (path: string) => [...names.values()].includes(path)
  const refuse = (code: string, call: SeamCall): never => {
    throw systemError(code, call)
  }
  const closed = (descriptor: number) => {
    const name = names.get(descriptor)!
    names.delete(descriptor)
    if (isOpen(name) || !going.delete(name)) return
    nodeFileSystem.unlinkSync(name)
  }
  return interferingFileSystem((call) => {
    const [first] = call.values
    switch (call.name) {
      case "kindSync":
        return () => smb
      case "openSync":
        return () => {
          const path = String(first)
          if (going.has(path)) refuse(call.values[1] === "wx" ? "EEXIST" : "ENOENT", call)
          const number = nodeFileSystem.lstatSync(path)?.ino
          const isOther = (name: string) =>
            name !== path && existsSync(name) && nodeFileSystem.lstatSync(name)!.ino === number
          if (number !== undefined && [...names.values()].some(isOther)) refuse("EINVAL", call)
          const descriptor: number = Reflect.apply(nodeFileSystem.openSync, undefined, call.values)
          names.set(descriptor, path)
          return descriptor
        }
      case "fstatSync":
        if (!existsSync(names.get(first as number)!)) refuse("ENOENT", call)
        return undefined
      case "unlinkSync":
        if (!isOpen(String(first))) return undefined
        return () => void going.add(String(first))
      case "closeSync":
        return () => {
          nodeFileSystem.closeSync(first as number)
          closed(first as number)
        }
      case "close":
        return async () => {
          await nodeFileSystem.close(first as number)
          closed(first as number)
        }
      default:
        return undefined
    }
  })
}
