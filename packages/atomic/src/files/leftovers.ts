import { quietly } from "../system-error.ts"

const pending = new Set<() => void>()
let listening = false

/**
 * Has `remove` run when the process exits, unless the returned function is called before:
 * for files that mean nothing without this process.
 */
export function removeAtExit(remove: () => void): () => void {
  if (!listening) {
    listening = true
    process.on("exit", () => {
      for (const remove of pending) quietly(remove)
    })
  }
  pending.add(remove)
  return () => {
    pending.delete(remove)
  }
}
