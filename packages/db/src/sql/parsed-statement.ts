import { PersistError } from "@persist/core"
import type { EngineName } from "../engines/engine.ts"
import { isEmptySql, sqlTokens } from "./tokens.ts"

/** One statement, cut at its parameters: there is one more piece than there are parameters. */
export interface ParsedStatement {
  readonly pieces: readonly string[]
  /** Names, or positions counted through the whole text. */
  readonly parameters: readonly (string | number)[]
}

/** How the caller gives the parameters. */
export type ParameterStyle = "none" | "named" | "positional"

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
    if (text === ";") {
      if (isInsideBody(sql.slice(statementStart, index))) continue
      finish(index)
      start = statementStart = index + 1
    } else if (text === "?" ? style === "positional" : text !== "??" && style === "named") {
      pieces.push(sql.slice(start, index))
      parameters.push(text === "?" ? position++ : text.slice(1))
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

/** A trigger or routine has statements of its own, up to its `end`. */
function isInsideBody(statement: string): boolean {
  const opens =
    /^\s*create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+)?(?:trigger|procedure|function|event)\b[\s\S]*\bbegin\b/i
  return opens.test(statement) && !/\bend\s*$/i.test(statement)
}
