import { dirname, sep } from "node:path"

// `join`, `normalize` and `dirname` take the names apart each time: in a save, which runs cold between two waits for the
// disk, they cost as much as its system calls.

/** `join` for a name with "/" in it and nothing to resolve; `folder` is absolute. */
export function under(folder: string, name: string): string {
  const path = sep === "/" ? name : name.replaceAll("/", sep)
  return folder.endsWith(sep) ? folder + path : folder + sep + path
}

/** `dirname` of an absolute path that does not end in a separator. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf(sep)
  // A root keeps its separator: "/", "C:\".
  return end > 2 ? path.slice(0, end) : dirname(path)
}
