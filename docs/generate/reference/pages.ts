import { describe } from "./describe.ts"
import { type DescribedPackage, Library } from "./library.ts"

/** The reference, made of the declarations and doc comments of the built packages: name and text of each page. */
export function referencePages(): Map<string, string> {
  const library = new Library()
  const pages = library.packages.map((one) => [one.name, page(one, library)] as const)
  return new Map([["index", overview(library.packages)], ...pages])
}

function page({ name, description, entryPoints }: DescribedPackage, library: Library): string {
  const again =
    name === "all"
      ? "It exports everything of the other packages again; this page has its own."
      : ""
  const parts = [frontMatter, `# @persist/${name}`, description, again]
  for (const { specifier, symbols } of entryPoints) {
    const names = symbols.map((symbol) => symbol.name).join(", ")
    parts.push(`<div class="entry-point">\n\n\`import { … } from "${specifier}"\`\n\n</div>`)
    if (names === "") continue
    parts.push(...symbols.map((symbol) => describe(symbol, library)))
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}

function overview(packages: readonly DescribedPackage[]): string {
  const rows = packages.map(
    ({ name, description, entryPoints }) =>
      `| [\`@persist/${name}\`](/reference/${name}) | ${description} | ${count(entryPoints)} |`,
  )
  return `${frontMatter}

# Reference

Everything that the packages export, made of their declarations and doc comments when this site was built.

| package | | exports |
|---|---|---|
${rows.join("\n")}
`
}

function count(entryPoints: DescribedPackage["entryPoints"]): number {
  return entryPoints.reduce((sum, { symbols }) => sum + symbols.length, 0)
}

const frontMatter = `---
editLink: false
pageClass: stacked-tables
---`
