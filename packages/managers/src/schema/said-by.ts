import { inspect } from "node:util"

/** All that whoever prints an error sees of it: also what its causes say, and what it carries. */
export function saidBy(error: unknown): string {
  return inspect(error, {
    depth: 9,
    customInspect: false,
    maxArrayLength: null,
    maxStringLength: null,
  })
}
