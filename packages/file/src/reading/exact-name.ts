import { readdirSync, type Stats } from "node:fs"
import { join } from "node:path"
import { factsOf, isMissing } from "./containment.ts"

/**
 * Whether what lies at `path`, below `root`, really has that name; also where nothing lies there yet. Where the file
 * system folds case or normalises Unicode, a file that somebody named by hand is found by other spellings too, and is
 * not the value of their keys.
 */
export function isExactName(root: string, path: string): boolean {
  let folder = root
  for (const name of path.split("/")) {
    const there = join(folder, name)
    const facts = factsOf(there)
    if (facts === undefined) return true
    if (isFolded(folder, name, facts) && !hasName(folder, name)) return false
    folder = there
  }
  return true
}

/** Whether another spelling of `name` finds the same file; a look or two where none does, which is usual. */
function isFolded(folder: string, name: string, { ino, dev }: Stats): boolean {
  const cased = otherCase(name)
  if (cased === name) return /[\u0080-\uffff]/.test(name)
  const others = new Set([cased, name.normalize("NFC"), name.normalize("NFD")])
  others.delete(name)
  return [...others].some((other) => {
    const facts = factsOf(join(folder, other))
    return facts?.ino === ino && facts.dev === dev
  })
}

// Only of ASCII: what else is folded, and how, differs.
function otherCase(name: string): string {
  const upper = name.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  return upper === name ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : upper
}

function hasName(folder: string, name: string): boolean {
  try {
    return readdirSync(folder).includes(name)
  } catch (error) {
    // Somebody has just removed it.
    if (isMissing(error)) return false
    throw error
  }
}
