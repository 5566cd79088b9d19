import type { MarkdownRenderer } from "vitepress"
import { isMeasured, quotedDate, quotedRatio } from "../generate/benchmarks/quoted.ts"
import { installedPackages } from "../generate/footprint.ts"

const quotation = /^%(ratio\??|date|packages)\(([^()]*)\)%/

/**
 * Puts measured figures into pages: `%ratio(file; load, 2.5 KB; unstorage fs)%` is our time / theirs
 * in the last benchmark, `%date(file)%` its day, `%packages(file)%` how many packages are installed
 * with it. A figure that nobody measured fails the build, unless it is asked for as `%ratio?(…)%`: for
 * peers that cannot be installed everywhere.
 */
export function quoteMeasurements(markdown: MarkdownRenderer): void {
  markdown.inline.ruler.before("emphasis", "measurement", (state, silent) => {
    if (state.src[state.pos] !== "%") return false
    const match = quotation.exec(state.src.slice(state.pos))
    if (!match) return false
    if (!silent) state.push("text", "", 0).content = quote(match[1]!, match[2]!)
    state.pos += match[0].length
    return true
  })
}

function quote(kind: string, text: string): string {
  const [area = "", title = "", peer = ""] = text.split(";").map((part) => part.trim())
  if (kind === "packages") return installedPackages(area)
  if (kind === "date") return quotedDate(area)
  return kind === "ratio?" && !isMeasured(area, title, peer)
    ? "not measured"
    : quotedRatio(area, title, peer)
}
