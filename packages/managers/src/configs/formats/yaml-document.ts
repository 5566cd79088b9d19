import type { Composer, Document, DocumentOptions, ParseOptions, ScalarTag } from "yaml"
import { yamlParser } from "./lazy-parsers.ts"

/** A whole number may be called a float; the parser would leave its text. */
const wholeFloat: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^[-+]?[0-9]+$/,
  resolve: Number,
}

/** What is wrong with a text, and where. */
export interface YamlMistake {
  readonly message: string
  /** Its beginning first. */
  readonly pos: readonly number[]
}

/**
 * The document in `text`, or what is wrong first. `yaml.parseDocument` gathers all mistakes, each an error with a
 * stack: a megabyte of them took twenty seconds and a gigabyte.
 */
export function yamlDocument(
  text: string,
  options: ParseOptions & DocumentOptions,
): { readonly document: Document.Parsed } | { readonly mistake: YamlMistake } {
  const { Composer, Parser } = yamlParser()
  const composer = new Composer({
    ...options,
    // Whatever version the text names.
    schema: "core",
    customTags: (tags) => [...tags, wholeFloat],
    // Else `!!set` and `!!binary` would become what no format can write.
    resolveKnownTags: false,
    // `parseYaml` looks for keys that stand there twice.
    uniqueKeys: false,
    logLevel: "error",
  })
  const found = stopAtMistake(composer)
  let document: Document.Parsed | undefined
  const take = (composed: Iterable<Document | Document.Parsed>) => {
    for (const next of composed) {
      const { errors, warnings, range } = next as Document.Parsed
      found.mistake ??= errors[0] ?? (document && { message: secondDocument, pos: range })
      // Of a `yaml` that could not be made to stop at it.
      const unfit = warnings.find(({ message }) => isUnfitTag(message))
      if (unfit) found.mistake ??= { message: unfitTag, pos: unfit.pos }
      document = next as Document.Parsed
      if (found.mistake) throw new Error(found.mistake.message)
    }
  }
  try {
    for (const token of new Parser().parse(text)) {
      take(composer.next(token))
      if (token.type === "error") break
    }
    take(composer.end(true, text.length))
  } catch (cause) {
    if (found.mistake) return { mistake: found.mistake }
    throw cause
  }
  return { document: document! }
}

/** Ends the composing at the first mistake, also a tag of YAML's own that a value does not fit. */
function stopAtMistake(composer: Composer): { mistake: YamlMistake | undefined } {
  // Private to TypeScript; a `yaml` without it gathers as before.
  const open = composer as unknown as {
    onError: (source: unknown, code: string, message: string, isWarning?: boolean) => void
  }
  const note = open.onError
  const found: { mistake: YamlMistake | undefined } = { mistake: undefined }
  open.onError = (source, code, message, isWarning) => {
    // Tags of a program's own say nothing here.
    if (isWarning && !isUnfitTag(message)) return
    if (found.mistake === undefined) {
      note(source, code, isWarning ? unfitTag : message)
      found.mistake = composer.streamInfo().errors[0]
    }
    // Also what `yaml` makes of this one itself, when it catches it.
    if (found.mistake !== undefined) throw new Error(found.mistake.message)
  }
  return found
}

function isUnfitTag(warning: string): boolean {
  return warning.includes(": tag:yaml.org,2002:")
}

const secondDocument = "a second document begins"
const unfitTag = "a value does not fit its tag, or the tag is none of YAML's core schema,"
