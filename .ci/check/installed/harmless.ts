import { existsSync } from "node:fs"
import { join } from "node:path"
import type { InstalledPackage } from "./inventory.ts"

const allowedLicences = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
])

/** What npm or pnpm would run, or ask about, when the package is installed. */
export function installScripts({ directory, manifest }: InstalledPackage): string[] {
  const { name, scripts = {}, gypfile } = manifest
  const found = ["preinstall", "install", "postinstall", "prepare"].filter(
    // `prepare` runs only for packages that come from git or a folder.
    (script) => script !== "prepare" && scripts[script] !== undefined,
  )
  // Without an install script of its own, a binding.gyp means `node-gyp rebuild`, unless gypfile is false.
  const built = existsSync(join(directory, "binding.gyp")) && gypfile !== false
  return [
    ...found.map((script) => `${name} has a script "${script}": ${scripts[script]}`),
    ...(built ? [`${name} has a binding.gyp, which is built when it is installed`] : []),
  ]
}

/** Why a package's licence is not one that a user can take without asking a lawyer. */
export function licenceProblems({ manifest: { name, license } }: InstalledPackage): string[] {
  if (license === undefined) return [`${name} names no licence`]
  const choices = license.replace(/^\(|\)$/g, "").split(" OR ")
  const allowed = choices.some((choice) => allowedLicences.has(choice))
  return allowed ? [] : [`${name} has the licence ${license}`]
}
