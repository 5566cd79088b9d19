import fs from "node:fs"
import { join } from "node:path"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { codeOf } from "../src/system-error.ts"
import { mountSmallDisk } from "../test/support/small-disk.ts"
import { must, type TortureInput } from "./part.ts"

/** Writes on a disk that is nearly full, again and again. */
export async function tortureFullDisk({ seed, until }: TortureInput): Promise<string> {
  const disk = mountSmallDisk(512)
  if (!("folder" in disk)) {
    if (process.env.CI && !disk.isForbidden) throw new Error(disk.reason)
    return `SKIPPED, ${disk.reason}`
  }
  const random = seededRandom(seed)
  const path = join(disk.folder, "file")
  let old = Buffer.from("start")
  fs.writeFileSync(path, old)
  let full = 0
  let done = 0
  try {
    while (performance.now() < until) {
      fs.writeFileSync(join(disk.folder, "filler"), Buffer.alloc(Math.floor(random() * 300_000)))
      const fresh = Buffer.alloc(1 + Math.floor(random() * 200_000), String(done % 10))
      try {
        if (random() < 0.5) writeFileAtomicSync(path, fresh, { durability: "none" })
        else await writeFileAtomic(path, fresh, { durability: random() < 0.5 ? "full" : "none" })
        old = fresh
        done++
      } catch (error) {
        must(codeOf(error) === "ENOSPC", () => `${error} (seed ${seed})`)
        full++
      }
      must(fs.readFileSync(path).equals(old), () => `Torn or lost (seed ${seed})`)
      const names = fs.readdirSync(disk.folder).sort().join(" ")
      must(names === "file filler", () => `Left behind: ${names} (seed ${seed})`)
    }
    must(full > 0 && done > 0, () => "The disk was never full, or always.")
    return `${done} writes whole, ${full} ENOSPC with the old file whole`
  } finally {
    disk.unmount()
  }
}
