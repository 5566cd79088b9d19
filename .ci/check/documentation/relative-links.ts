import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "../workspace.ts"

/** Links of a README to a file or heading of this repository that is not there. */
export function deadLinks(path: string, markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "`")
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
  return targets
    .filter((target) => !/^(https?:|mailto:)/.test(target) && !holds(path, markdown, target))
    .map((target) => `${path} links to ${target}, which is not there`)
}

function holds(path: string, markdown: string, target: string): boolean {
  const [file = "", anchor] = target.split("#")
  const linked = file === "" ? join(root, path) : join(root, dirname(path), file)
  if (!existsSync(linked)) return false
  if (anchor === undefined) return true
  const isFolder = statSync(linked).isDirectory()
  const text =
    file === "" ? markdown : readFileSync(isFolder ? join(linked, "README.md") : linked, "utf8")
  return anchorsIn(text).has(anchor)
}

/** As code hosts make them: lower case, spaces to dashes, no other punctuation. */
function anchorsIn(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  )
}
