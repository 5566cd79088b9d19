import { fileURLToPath } from "node:url"

/** The path that a `file:` URL names; undefined for other URLs, and for one that names no path of this machine. */
export function pathOfUrl(url: URL | string): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    return undefined
  }
}
