import { importsIn } from "../arrows/imports.ts"

/** A program in a Markdown file. */
export interface DocumentedProgram {
  /** File and line where its first block starts. */
  readonly where: string
  readonly source: string
  /** Whether it needs more than the packages to run: `ts no-run`. */
  readonly runs: boolean
}

/**
 * The programs in a Markdown text: every ```ts block that imports something begins one, and blocks
 * without imports continue the one before. A block that imports a file beside it is no program.
 */
export function programsIn(path: string, markdown: string): DocumentedProgram[] {
  const programs: DocumentedProgram[] = []
  let open = false
  for (const { info, source, line } of blocksIn(markdown)) {
    const begins = /^import /m.test(source)
    const runs = !info.includes("no-run")
    if (begins) {
      open = !/from "\.\.?\//.test(source)
      if (open) programs.push({ where: `${path}:${line}`, source, runs })
    } else if (open) {
      const { where, source: before, runs: ran } = programs.pop()!
      programs.push({ where, source: `${before}\n${source}`, runs: ran && runs })
    }
  }
  return programs
}

/** The packages that a program imports. */
export function packagesOf({ where, source }: DocumentedProgram): string[] {
  return importsIn(`${where}.ts`, source).map(({ packageName }) => packageName)
}

interface Block {
  readonly info: string
  readonly source: string
  readonly line: number
}

function blocksIn(markdown: string): Block[] {
  return [...markdown.matchAll(/^```ts( [^\n]*)?\n(.*?)^```$/gms)].map((match) => ({
    info: match[1] ?? "",
    source: match[2]!,
    line: markdown.slice(0, match.index).split("\n").length,
  }))
}
