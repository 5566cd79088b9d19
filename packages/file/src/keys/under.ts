import { sep } from "node:path"

// `join` takes the names apart each time: in a save, which runs cold between two waits for the disk, it costs as much as
// a system call.

/** `join` for a name with "/" in it and nothing to resolve; `folder` is absolute. */
export function under(folder: string, name: string): string {
  const path = sep === "/" ? name : name.replaceAll("/", sep)
  return folder.endsWith(sep) ? folder + path : folder + sep + path
}
