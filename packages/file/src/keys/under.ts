import { sep } from "node:path"

/** `join`, which takes the names apart each time: in a save that runs cold it costs as much as a system call; for a name with "/" in it and nothing to resolve; `folder` is absolute. */
export function under(folder: string, name: string): string {
  const path = sep === "/" ? name : name.replaceAll("/", sep)
  return folder.endsWith(sep) ? folder + path : folder + sep + path
}
