import { basename, isAbsolute } from "node:path"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { PersistError } from "../persist-error.ts"
import { folderOf } from "./folder-of.ts"
import { placeOf } from "./place.ts"
import { toPath } from "./to-path.ts"

/** Where a write goes, after links. */
export interface Target {
  /** Absolute; not normalised, since `link/..` means what the kernel says it means. */
  readonly path: string
  readonly folder: string
  /** The facts of the file that will be replaced; undefined when there is none yet. */
  readonly existing: FileFacts | undefined
}

const mostLinks = 40

/**
 * Follows links, dangling ones too, to the file that a write to `path` has to replace.
 *
 * @param followLink Is told each link before it is followed. @throws What that throws, `ELOOP` for links in a circle, `ERR_PERSIST_INVALID_ARGUMENT` for a device, pipe or socket.
 */
export function resolveTarget(
  path: string | URL,
  fileSystem: FileSystem,
  followLink?: (link: string) => void,
): Target {
  let current = toPath(path)
  for (let links = 0; links <= mostLinks; links++) {
    const existing = fileSystem.lstatSync(current)
    const folder = folderOf(current)
    if (!existing?.isSymbolicLink()) {
      if (existing !== undefined && !existing.isFile()) refuseSpecial(current, existing)
      return { path: current, folder, existing }
    }
    followLink?.(current)
    const destination = fileSystem.readlinkSync(current)
    current = isAbsolute(destination)
      ? destination
      : placeOf(fileSystem, `${folder}/${destination}`)
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links, ${path}`), {
    code: "ELOOP",
    syscall: "readlink",
    path: String(path),
  })
}

function refuseSpecial(path: string, facts: FileFacts): void {
  if (facts.isDirectory()) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${basename(path)} is a device, a pipe or a socket, which a file must not replace; write to it directly.`,
    { path },
  )
}
