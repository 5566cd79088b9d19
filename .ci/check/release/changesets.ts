import { readdir } from "node:fs/promises"
import { join } from "node:path"

/** The changesets of a repository that no version was made of yet. Without any, `changeset version` fails. */
export async function pendingChangesets(repository: string): Promise<string[]> {
  const names = await readdir(join(repository, ".changeset"))
  return names.filter((name) => name.endsWith(".md") && name !== "README.md").sort()
}
