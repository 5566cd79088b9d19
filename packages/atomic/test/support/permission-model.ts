import { spawnSync } from "node:child_process"

/** Whether Node's permission model refuses to sync by number; Node 22 does not. */
export const refusesNumbers: boolean = Number.parseInt(process.versions.node, 10) >= 24

const syncing = 'await (await (await import("node:fs/promises")).open(process.execPath)).sync()'

/** Whether it refuses handles as well: newer releases of Node 26 do. */
export const refusesHandles: boolean = refusesNumbers && !syncsHandle()

function syncsHandle(): boolean {
  const program = ["--permission", "--allow-fs-read=*", "--input-type=module", "--eval", syncing]
  const { status, stderr } = spawnSync(process.execPath, program, { encoding: "utf8" })
  if (status !== 0 && !stderr.includes("fsync API is disabled")) throw new Error(stderr)
  return status === 0
}
