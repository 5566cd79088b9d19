import { invalidOption, pathOfUrl } from "@persist/core/options"

/** The path of a configuration file that a caller named. @throws `ERR_PERSIST_INVALID_OPTION` */
export function pathOfFile(file: string | URL): string {
  const path = file instanceof URL ? pathOfUrl(file) : file
  if (typeof path === "string") return path
  throw invalidOption("file", file, "a path or a file: URL of this machine")
}
