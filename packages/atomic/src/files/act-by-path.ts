import fs from "node:fs"
import { dirname } from "node:path"
import { codeOf, isRefused } from "../system-error.ts"

const writableByOthers = 0o022
const sticky = 0o1000

/**
 * Changes the file that is open as `descriptor`, where Node's permission model refused to by number with `refusal`:
 * through the link that Linux has for it, or by its path where nobody else can put another file, or a link, there.
 *
 * @throws `refusal`, where neither is possible.
 */
export function actByPath(
  refusal: unknown,
  descriptor: number,
  path: string | undefined,
  act: (path: string) => void,
): void {
  if (path === undefined || !isRefused(refusal)) throw refusal
  if (process.platform === "linux") {
    try {
      act(`/proc/self/fd/${descriptor}`)
      return
    } catch (error) {
      // Not allowed to this program, or not mounted; what else it says is of the file itself.
      if (!isRefused(error) && codeOf(error) !== "ENOENT") throw error
    }
  }
  if (!isOurs(dirname(path))) throw refusal
  act(path)
}

/** Whether only this user, or root, can replace a file that this user has made in `folder`. */
function isOurs(folder: string): boolean {
  const me = process.geteuid?.()
  // Windows: what may be written there is not in the mode, and making links takes rights of its own.
  if (me === undefined) return true
  const { mode, uid } = fs.statSync(folder)
  if (uid !== me && uid !== 0) return false
  return (mode & writableByOthers) === 0 || (mode & sticky) !== 0
}
