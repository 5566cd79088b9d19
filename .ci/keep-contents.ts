import { readFileSync, writeFileSync } from "node:fs"

/**
 * Leaves in source maps the first lines of what is not published beside them, of what is vendored and of what stands for
 * Node's modules: they tell what it is. Without, debuggers and test runners look for it in vain, and say so each time.
 */
export function keepContents(maps: readonly string[]): void {
  for (const path of maps) {
    const map: { readonly sources: string[]; readonly sourcesContent: (string | null)[] } =
      JSON.parse(readFileSync(path, "utf8"))
    const sourcesContent = map.sourcesContent.map((content, index) =>
      /^(?:\.\.\/)+src\//.test(map.sources[index]!) ? null : content && content.split("\n", 1)[0]!,
    )
    writeFileSync(path, JSON.stringify({ ...map, sourcesContent }))
  }
}
