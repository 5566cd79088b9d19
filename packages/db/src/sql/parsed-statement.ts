import { PersistError } from "@persist/core"
import type { EngineName } from "../engines/engine.ts"
import { bareSql, isEmptySql, sqlTokens, valueMark } from "./tokens.ts"

/** One statement, cut at its parameters: there is one more piece than there are parameters. */
export interface ParsedStatement {
  readonly pieces: readonly string[]
  /** Names, or positions counted through the whole text. */
  readonly parameters: readonly (string | number)[]
}

/** How the caller gives the parameters. */
export type ParameterStyle = "none" | "named" | "positional" | "template"

/** The marks of parameters in each style; `:name` is what is left. */
const marks: Readonly<Record<ParameterStyle, string | undefined>> = {
  none: undefined,
  named: ":name",
  positional: "?",
  template: valueMark,
}

/** Cuts `sql` into statements and those at their parameters. */
export function parseStatements(
  sql: string,
  engine: EngineName,
  style: ParameterStyle,
): ParsedStatement[] {
  const statements: ParsedStatement[] = []
  let pieces: string[] = []
  let parameters: (string | number)[] = []
  let start = 0
  let statementStart = 0
  let position = 0
  const finish = (end: number) => {
    pieces.push(sql.slice(start, end))
    if (parameters.length > 0 || !isEmptySql(pieces[0]!, engine)) {
      statements.push({ pieces: unescaped(pieces, style), parameters })
    }
    pieces = []
    parameters = []
  }
  for (const { text, index } of sqlTokens(sql, engine)) {
    const mark = text.startsWith(":") ? ":name" : text
    if (text === ";") {
      if (isInsideBody(sql.slice(statementStart, index), engine)) continue
      finish(index)
      start = statementStart = index + 1
    } else if (mark === marks[style]) {
      pieces.push(sql.slice(start, index))
      parameters.push(style === "named" ? text.slice(1) : position++)
      start = index + text.length
    }
  }
  finish(sql.length)
  if (statements.length > 0) return statements
  throw new PersistError("ERR_PERSIST_SYNTAX", "The SQL text holds no statement.")
}

/** With `?` for parameters, `??` stands for the operator `?`. */
function unescaped(pieces: string[], style: ParameterStyle): string[] {
  return style === "positional" ? pieces.map((piece) => piece.replaceAll("??", "?")) : pieces
}

const makesRoutine =
  /^\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=[^;]*?\s)?(?:(?:temp|temporary|aggregate|constraint)\s+)?(?:trigger|procedure|function|event)\b/i
const blockWord = /(?<![.\w])(?:begin|case|end(?:\s+(?:if|loop|while|repeat|case))?)\b/gi

/** A trigger or routine has statements of its own: the end of its text is where every block has ended. */
function isInsideBody(statement: string, engine: EngineName): boolean {
  const bare = bareSql(statement, engine)
  if (!makesRoutine.test(bare)) return false
  let depth = 0
  for (const [word] of bare.matchAll(blockWord)) {
    if (/^(?:begin|case)$/i.test(word)) depth++
    else if (/^end(?:\s+case)?$/i.test(word)) depth--
  }
  return depth > 0
}
