/** A fenced block of a Markdown file, or a hidden one: `<!-- ts … -->`. */
export interface Block {
  /** File and line where it starts. */
  readonly where: string
  readonly language: string
  /** What stands behind the language: `no-run: needs a server`, `[settings.ts]`. */
  readonly info: string
  readonly source: string
  readonly hidden: boolean
}

const fence = /^(`{3,})([^\n]*)\n([\s\S]*?)^\1$|^<!-- ts([^\n]*)\n([\s\S]*?)^-->$/gm

export function blocksIn(path: string, markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map((match) => {
    const where = `${path}:${markdown.slice(0, match.index).split("\n").length}`
    const [, marks, head = "", source = "", hiddenHead = "", hiddenSource = ""] = match
    if (marks === undefined) {
      return { where, language: "ts", info: hiddenHead.trim(), source: hiddenSource, hidden: true }
    }
    const [language = "", ...info] = head.trim().split(" ")
    return { where, language, info: info.join(" "), source, hidden: false }
  })
}

/** Fences that stand indented, in a list say, where `blocksIn` does not look. */
export function indentedFences(path: string, markdown: string): string[] {
  return markdown
    .split("\n")
    .flatMap((line, index) =>
      /^\s+```/.test(line) ? [`${path}:${index + 1} is indented; begin it at the margin`] : [],
    )
}

/** The file that a block is, from its title: `[settings.ts]`. */
export function fileNameOf({ info }: Block): string | undefined {
  return /\[([\w.-]+\.ts)\]/.exec(info)?.[1]
}
