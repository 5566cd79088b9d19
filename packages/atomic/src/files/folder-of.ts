import { dirname, sep } from "node:path"

/** `dirname`, which takes the name apart: in a save that runs cold between two waits for the disk it costs as much as a system call. */
export function folderOf(path: string): string {
  const end = sep === "/" && !path.endsWith("/") ? path.lastIndexOf("/") : 0
  return end > 0 ? path.slice(0, end) : dirname(path)
}
