import { readFileSync } from "node:fs"
import { join } from "node:path"

const source = join(import.meta.dirname, "../../packages/atomic/src/persist-error.ts")
const page = join(import.meta.dirname, "../pages/concepts/errors.md")

/** Codes that a `PersistError` can carry and the page of errors does not explain, or the other way round. */
export function unexplainedCodes(): string[] {
  const codes = new Set(readFileSync(source, "utf8").match(/"ERR_PERSIST_[A-Z_]+"/g) ?? [])
  const explained = new Set(readFileSync(page, "utf8").match(/`ERR_PERSIST_[A-Z_]+`/g) ?? [])
  const bare = (found: ReadonlySet<string>) => new Set([...found].map((code) => code.slice(1, -1)))
  return [...bare(codes).symmetricDifference(bare(explained))]
}
