import { spawnSync } from "node:child_process"
import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A file system of its own, so small that it can be filled. */
export interface SmallDisk {
  readonly folder: string
  unmount(): void
}

/** Why there is none. */
export interface NoDisk {
  readonly reason: string
  /** The machine does not let anybody here mount; nothing that an installation could mend. */
  readonly isForbidden: boolean
}

/** Mounts a tmpfs of `kilobytes` where the machine allows it. */
export function mountSmallDisk(kilobytes: number): SmallDisk | NoDisk {
  if (process.platform !== "linux") {
    return { reason: `no tmpfs on ${process.platform}`, isForbidden: true }
  }
  const folder = fs.mkdtempSync(join(tmpdir(), "persist-disk-"))
  const options = ["-t", "tmpfs", "-o", `size=${kilobytes}k,mode=0777`, "tmpfs", folder]
  const { status, error, stderr } = spawnSync("mount", options)
  if (status === 0) {
    return {
      folder,
      unmount: () => {
        spawnSync("umount", ["-l", folder])
        fs.rmSync(folder, { recursive: true, force: true })
      },
    }
  }
  fs.rmSync(folder, { recursive: true, force: true })
  const why = error?.message ?? String(stderr).trim()
  const isForbidden =
    process.getuid?.() !== 0 || /permission denied|not permitted|only root|superuser/i.test(why)
  return { reason: `mount answers: ${why}`, isForbidden }
}
