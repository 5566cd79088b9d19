import { constants } from "node:os"
import { type FileSystem, nodeFileSystem } from "../../src/index.ts"

/** One call at the seam. */
export interface SeamCall {
  readonly name: Exclude<keyof FileSystem, "transientRenameCodes">
  readonly values: readonly unknown[]
  /** The number of this call, from 0. */
  readonly index: number
}

/** Looks at a call before it is made: throw to make it fail, return a function to have that called instead. */
export type Interference = (call: SeamCall) => (() => unknown) | undefined | void

const asynchronous: ReadonlySet<string> = new Set(["write", "fsync", "close", "rename"])

/** A file system whose every call can be delayed, replaced or made to fail; the rest reaches `base`. */
export function interferingFileSystem(
  interfere: Interference,
  base: FileSystem = nodeFileSystem,
): FileSystem {
  let count = 0
  return new Proxy(
    { ...base },
    {
      get(target, property) {
        const name = property as SeamCall["name"]
        const real: unknown = target[name]
        if (typeof real !== "function") return real
        return (...values: unknown[]) => {
          const index = count++
          const make = (): unknown => {
            const instead = interfere({ name, values, index })
            return instead === undefined ? real.apply(target, values) : instead()
          }
          return asynchronous.has(name) ? (async () => make())() : make()
        }
      },
    },
  )
}

/** Errors that Node has no name for, and Windows no number either: those that they have where the system is no Linux. */
const nameless: Readonly<Record<string, number>> = { ESTALE: 70, EDQUOT: 69 }

function numberOf(code: string): number {
  const known: Readonly<Record<string, number>> = constants.errno
  return known[code] ?? nameless[code]!
}

/** The code of a system error as Node words it, which has no name for some. */
export function nodeCode(code: string): string {
  return code in nameless ? `Unknown system error ${-numberOf(code)}` : code
}

/** A system error as Node makes them. */
export function systemError(code: string, call: SeamCall): Error {
  const errno = -numberOf(code)
  const name = nodeCode(code)
  return Object.assign(new Error(`${name}: injected, ${call.name} ${String(call.values[0])}`), {
    errno,
    code: name,
    syscall: call.name.replace("Sync", ""),
  })
}
