import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Puts packages of ours into a folder as a user has them, one file for each entry point. @returns The folder. */
export function installPublished(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "persist-published-"))
  for (const name of names) {
    const source = join(import.meta.dirname, "../../packages", name)
    const bundler = join(import.meta.dirname, "../../.ci/bundle.ts")
    const { status, stderr } = spawnSync(process.execPath, [bundler], { cwd: source })
    if (status !== 0) throw new Error(`${name} cannot be bundled: ${stderr}`)
    const target = join(folder, "node_modules/@persist", name)
    mkdirSync(target, { recursive: true })
    cpSync(join(source, "dist/bundle"), join(target, "dist/bundle"), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"))
    const { exports } = manifest.publishConfig
    writeFileSync(
      join(target, "package.json"),
      JSON.stringify({ name: manifest.name, type: "module", exports }),
    )
  }
  return folder
}
