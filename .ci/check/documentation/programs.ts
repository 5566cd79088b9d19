import { importsIn } from "../arrows/imports.ts"
import { type Block, fileNameOf } from "./blocks.ts"

/** A program in a Markdown file. */
export interface DocumentedProgram {
  /** File and line where its first block starts. */
  readonly where: string
  readonly source: string
  /** Files beside it, by name. */
  readonly files: Readonly<Record<string, string>>
  /** False when it needs more than the packages to run: `ts no-run: why`. */
  readonly runs: boolean
  /** What it must print, where the page shows it in a block `text prints`. */
  readonly prints: string | undefined
}

/**
 * The programs of one Markdown file: a ```ts block that imports something begins one, blocks without
 * imports continue the one before, and a block with a file's name as its title is a file beside the
 * programs after it. A hidden block, `<!-- ts … -->`, counts like one that is shown.
 */
export function programsIn(blocks: readonly Block[]): DocumentedProgram[] {
  const programs: DocumentedProgram[] = []
  const files: Record<string, string> = {}
  for (const block of blocks) {
    const last = programs.at(-1)
    if (isOutput(block)) {
      if (last) programs[programs.length - 1] = { ...last, prints: block.source }
    } else if (block.language === "ts") {
      const name = fileNameOf(block)
      if (name) files[name] = block.source
      else if (/^import /m.test(block.source) || !last) programs.push(begun(block, { ...files }))
      else programs[programs.length - 1] = continued(last, block)
    }
  }
  return programs
}

/** Whether a block shows what the program before it prints. */
export function isOutput({ language, info }: Block): boolean {
  return language === "text" && info === "prints"
}

/** The packages that a program and the files beside it import. */
export function packagesOf({ where, source, files }: DocumentedProgram): string[] {
  const sources = [source, ...Object.values(files)]
  return sources.flatMap((text) =>
    importsIn(`${where}.ts`, text)
      .map(({ packageName }) => packageName)
      .filter((name) => !name.startsWith(".")),
  )
}

function begun(block: Block, files: Readonly<Record<string, string>>): DocumentedProgram {
  const { where, source } = block
  return { where, source, files, runs: !block.info.includes("no-run"), prints: undefined }
}

function continued(before: DocumentedProgram, block: Block): DocumentedProgram {
  const source = `${before.source}\n${block.source}`
  return { ...before, source, runs: before.runs && !block.info.includes("no-run") }
}
