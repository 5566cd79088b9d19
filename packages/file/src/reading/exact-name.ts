import { readdirSync } from "node:fs"
import { join } from "node:path"
import { factsOf } from "./containment.ts"

/**
 * Whether what lies at `path`, below `root`, really has that name. Where the file system folds case or normalises
 * Unicode, a file that somebody named by hand is found by other spellings too, and is not the value of their keys.
 */
export function isExactName(root: string, path: string): boolean {
  let folder = root
  for (const name of path.split("/")) {
    if (isFolded(folder, name) && !readdirSync(folder).includes(name)) return false
    folder = join(folder, name)
  }
  return true
}

/** Whether another spelling of `name` finds the same file; one look where none does, which is usual. */
function isFolded(folder: string, name: string): boolean {
  const other = otherSpelling(name)
  if (other === name) return /[\u0080-\uffff]/.test(name)
  const there = factsOf(join(folder, other))
  if (there === undefined) return false
  const here = factsOf(join(folder, name))
  return there.ino === here?.ino && there.dev === here.dev
}

// Only ASCII: what else is folded, and how, differs.
function otherSpelling(name: string): string {
  const upper = name.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  return upper === name ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : upper
}
