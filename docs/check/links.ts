import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface LinkReport {
  /** How many were followed. */
  readonly links: number
  /** A line for each that leads nowhere. */
  readonly broken: readonly string[]
}

/** Follows every link of a built site that stays on it, to its anchor. */
export function brokenLinks(directory: string): LinkReport {
  const pages = new Map(
    globSync("**/*.html", { cwd: directory }).map((file) => [
      addressOf(file),
      pageAt(directory, file),
    ]),
  )
  const broken = new Map<string, string>()
  let links = 0
  for (const [address, page] of pages) {
    for (const link of page.links) {
      const { origin, pathname, hash } = new URL(link, `http://site${address}`)
      if (origin !== "http://site") continue
      links++
      const path = decodeURIComponent(pathname).replace(/\.html$/, "")
      const target = pages.get(path.replace(/\/index$/, "/")) ?? pages.get(`${path}/`)
      const anchor = decodeURIComponent(hash.slice(1))
      const holds = target
        ? anchor === "" || target.anchors.has(anchor)
        : existsSync(join(directory, path))
      if (!holds) broken.set(path + hash, address)
    }
  }
  const lines = [...broken].map(
    ([target, page]) => `${page} links to ${target}, which is not there`,
  )
  return { links, broken: lines }
}

interface Page {
  readonly links: readonly string[]
  readonly anchors: ReadonlySet<string>
}

function pageAt(directory: string, file: string): Page {
  const html = readFileSync(join(directory, file), "utf8")
  return {
    links: [...html.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)].map((match) => decode(match[1]!)),
    anchors: new Set([...html.matchAll(/\sid="([^"]*)"/g)].map((match) => decode(match[1]!))),
  }
}

function addressOf(file: string): string {
  return `/${file
    .replaceAll("\\", "/")
    .replace(/\.html$/, "")
    .replace(/(^|\/)index$/, "$1")}`
}

function decode(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'")
}
