import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

/**
 * Whether `changeset version` has something to do in a repository: changesets that no version was made of
 * yet, or a prerelease that was ended. Without either it fails.
 */
export async function needsVersion(repository: string): Promise<boolean> {
  const folder = join(repository, ".changeset")
  const names = await readdir(folder)
  if (names.some((name) => name.endsWith(".md") && name !== "README.md")) return true
  if (!names.includes("pre.json")) return false
  return JSON.parse(await readFile(join(folder, "pre.json"), "utf8")).mode === "exit"
}
