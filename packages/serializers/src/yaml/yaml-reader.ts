import { PersistError } from "@persist/core"
import { brief, exhaustionError, limitError, type ResolvedLimits } from "@persist/core/values"
import type { Composer, CST, Document, LineCounter, YAMLError } from "yaml"
import { ValueCount } from "./value-count.ts"
import { yamlLibrary } from "./yaml-library.ts"
import { buildValue } from "./yaml-value.ts"

/** Reads the one YAML document of `text`. */
export function readYaml(text: string, limits: ResolvedLimits): unknown {
  refuseControls(text)
  const { LineCounter } = yamlLibrary()
  const lines = new LineCounter()
  return buildValue(compose(text, lines, limits), lines, limits)
}

// YAML has none of them, quoted or not; a file that lost its contents with the power is full of zeros.
const control = /[^\t\n\r -\u{10ffff}]/u

function refuseControls(text: string): void {
  const offset = text.search(control)
  if (offset < 0) return
  const before = text.slice(0, offset).split(/\r\n?|\n/)
  const line = before.length
  const column = before[line - 1]!.length + 1
  const code = text.charCodeAt(offset).toString(16).padStart(2, "0")
  throw new PersistError(
    "ERR_PERSIST_DECODE",
    `Not YAML at line ${line}, column ${column}: the control character 0x${code} can only be written as an escape.`,
    { details: { line, column, offset } },
  )
}

/** The only document; what is wrong first is told at once, as a file of mistakes costs more to read than one of values. */
function compose(text: string, lines: LineCounter, limits: ResolvedLimits): Document.Parsed {
  const options = {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    // Comparing every key with every other is quadratic; `buildValue` keeps a set.
    uniqueKeys: false,
    logLevel: "silent",
  } as const
  const { Composer } = yamlLibrary()
  let only: Document.Parsed | undefined
  const take = (documents: Iterable<Document | Document.Parsed>) => {
    for (const document of documents) {
      const [error] = document.errors
      if (error !== undefined) throw syntaxError(error, lines)
      if (only !== undefined) throw severalError()
      only = document as Document.Parsed
    }
  }
  try {
    const composer = new Composer(options)
    stopAtMistake(composer, lines)
    let hasError = false
    for (const token of boundedTokens(text, lines, limits)) {
      take(composer.next(token))
      hasError = token.type === "error"
      if (hasError) break
    }
    take(composer.end(hasError))
  } catch (cause) {
    if (PersistError.is(cause)) throw cause
    throw decodeError((cause as Error).message, cause)
  }
  if (only === undefined) throw decodeError("it has no document", undefined)
  return only
}

function severalError(): PersistError {
  return new PersistError(
    "ERR_PERSIST_FORMAT",
    "The YAML holds more than one document; this serializer reads files of one.",
  )
}

/**
 * Ends the composing of a document at its first mistake. `yaml` gathers them, each an error with a stack, so that a few
 * megabytes of wrong escapes use up the heap.
 */
function stopAtMistake(composer: Composer, lines: LineCounter): void {
  // Private to TypeScript; a `yaml` without it gathers as before.
  const open = composer as unknown as { onError: (...mistake: unknown[]) => void }
  const note = open.onError
  let first: PersistError | undefined
  open.onError = (...mistake) => {
    const [, , , isWarning] = mistake
    // Nobody reads what it only warns of.
    if (isWarning) return
    if (first === undefined) {
      note(...mistake)
      const [error] = composer.streamInfo().errors
      first = error && syntaxError(error, lines)
    }
    // Also what `yaml` makes of this one itself, when it catches it.
    if (first !== undefined) throw first
  }
}

// A tenth of a second to read.
const besides = 100_000

/** The parser's tokens; stops as soon as the text nests too deep or says too much. */
function* boundedTokens(
  text: string,
  lines: LineCounter,
  limits: ResolvedLimits,
): Generator<CST.Token, void> {
  const { Lexer, Parser } = yamlLibrary()
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const count = new ValueCount()
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    // The exact count comes with the values; what is known to be too much by now is not parsed, at a kilobyte each.
    count.take(lexeme)
    // A value has up to twelve lexemes (its key, the colon, spaces, a line end); comments are beside them.
    if (count.values > limits.nodes || ++lexemes > limits.nodes * 12 + besides)
      throw limitError("nodes", limits, "The YAML")
    // The document and the scalar in progress are on the stack too.
    if (parser.stack.length > limits.depth + 2) throw limitError("depth", limits, "The YAML")
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}

function syntaxError(error: YAMLError, lines: LineCounter): PersistError {
  if (error.code === "RESOURCE_EXHAUSTION") return exhaustionError("The YAML", error)
  const { line, col: column } = lines.linePos(error.pos[0])
  const message = brief(error.message.split("\n", 1)[0]!)
  return new PersistError(
    "ERR_PERSIST_DECODE",
    `Not YAML at line ${line}, column ${column}: ${message}`,
    { cause: error, details: { line, column, offset: error.pos[0] } },
  )
}

function decodeError(problem: string, cause: unknown): PersistError {
  return new PersistError("ERR_PERSIST_DECODE", `Not YAML: ${problem}.`, { cause })
}
