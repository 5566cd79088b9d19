import type { EngineName } from "../engines/engine.ts"

/** Stands for a value of a template literal, whose text may hold every other mark. */
export const valueMark = "\u0001"

// Quoted text and comments first, so that nothing inside them is taken for a parameter.
const shared = String.raw`"(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|/\*[\s\S]*?(?:\*/|$)`
const ends = String.raw`::|\?\?|\?|(?<![\w:]):[A-Za-z_]\w*|;|${valueMark}`

const patterns: Readonly<Record<EngineName, string>> = {
  sqlite: String.raw`'(?:[^']|'')*'|\[[^\]]*\]|--[^\n]*|${shared}|${ends}`,
  postgres: String.raw`\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?(?:\1|$)|--[^\n]*|${shared}|${ends}`,
  mysql: String.raw`'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|--(?=\s|$)[^\n]*|#[^\n]*|${shared}|${ends}`,
}

/** A part of SQL text that is not simply words. */
export interface SqlPart {
  readonly text: string
  readonly index: number
  /** Whether it matters to parameters and statement ends: `?`, `??`, `:name`, `;`, the mark of values. */
  readonly isToken: boolean
}

/** The tokens of `sql`, and what is quoted or a comment. */
export function* sqlParts(sql: string, engine: EngineName): Generator<SqlPart> {
  for (const match of sql.matchAll(new RegExp(patterns[engine], "g"))) {
    const [text] = match
    yield { text, index: match.index, isToken: isToken(text) }
  }
}

/** Whether `sql` is only blanks and comments. */
export function isEmptySql(sql: string, engine: EngineName): boolean {
  const comments =
    engine === "mysql"
      ? /--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!!)[\s\S]*?\*\//g
      : /--[^\n]*|\/\*[\s\S]*?\*\//g
  return sql.replace(comments, "").trim() === ""
}

function isToken(text: string): boolean {
  return (
    text === "?" || text === "??" || text === ";" || text === valueMark || /^:[A-Za-z_]/.test(text)
  )
}
