import { codeOf } from "../system-error.ts"

// How often a file may be replaced while it is read.
const mostAttempts = 20

/**
 * What `read` gives, which opens and reads a file. It is called again while another machine on the same network file
 * system puts other files in the place of the one that was just opened (`ESTALE`), a bounded number of times.
 */
export async function readAnew<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === mostAttempts || codeOf(error) !== "ESTALE") throw error
    }
  }
}

/** `readAnew` for programs that cannot wait. */
export function readAnewSync<T>(read: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return read()
    } catch (error) {
      if (attempt === mostAttempts || codeOf(error) !== "ESTALE") throw error
    }
  }
}
