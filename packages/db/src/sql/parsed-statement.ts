import { PersistError } from "@persist/core"
import type { EngineName } from "../engines/engine.ts"
import { RoutineBody } from "./routine-body.ts"
import { isEmptySql, sqlParts, valueMark } from "./tokens.ts"

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
  // A file that was read may begin with a byte order mark, which servers take for a part of the first word.
  let start = sql.startsWith("\ufeff") ? 1 : 0
  let seen = 0
  let position = 0
  let body = new RoutineBody()
  const finish = (end: number) => {
    pieces.push(sql.slice(start, end))
    if (parameters.length > 0 || !isEmptySql(pieces[0]!, engine)) {
      statements.push({ pieces: unescaped(pieces, style), parameters })
    }
    pieces = []
    parameters = []
    body = new RoutineBody()
  }
  for (const { text, index, isToken } of sqlParts(sql, engine)) {
    body.add(sql.slice(seen, index))
    seen = index + text.length
    if (text === ";" && !body.isOpen) {
      finish(index)
      start = seen
      continue
    }
    body.add(" ")
    const mark = text.startsWith(":") ? ":name" : text
    if (!isToken || mark !== marks[style]) continue
    pieces.push(sql.slice(start, index))
    parameters.push(style === "named" ? text.slice(1) : position++)
    start = seen
  }
  finish(sql.length)
  if (statements.length > 0) return statements
  throw new PersistError("ERR_PERSIST_SYNTAX", "The SQL text holds no statement.")
}

/** With `?` for parameters, `??` stands for the operator `?`. */
function unescaped(pieces: string[], style: ParameterStyle): string[] {
  return style === "positional" ? pieces.map((piece) => piece.replaceAll("??", "?")) : pieces
}
