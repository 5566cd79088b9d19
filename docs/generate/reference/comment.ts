import ts from "typescript"

/** A doc comment in Markdown. */
export interface Comment {
  readonly text: string
  readonly byDefault: string
  readonly throws: readonly string[]
}

/** The doc comment of a symbol or signature; of what it overrides where it has none of its own. */
export function commentOf(described: ts.Symbol | ts.Signature, checker: ts.TypeChecker): Comment {
  const tags = described.getJsDocTags()
  const tagged = (name: string) =>
    tags
      .filter((tag) => tag.name === name)
      .map((tag) => inert(ts.displayPartsToString(tag.text)).trim())
  return {
    text: inert(ts.displayPartsToString(described.getDocumentationComment(checker))).trim(),
    byDefault: tagged("default").join(" "),
    throws: tagged("throws"),
  }
}

/** Leaves code alone and keeps the rest from being taken for HTML or a template. */
function inert(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;"),
    )
    .join("")
}

/** Text for a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ")
}
