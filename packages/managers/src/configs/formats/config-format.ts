/** The formats that a configuration file can have. */
export type ConfigFormatName = "json" | "jsonc" | "yaml" | "toml"

/** One format: text to value and back. */
export interface ConfigFormat {
  readonly name: ConfigFormatName
  /** The extensions of its files, the first for new ones. */
  readonly extensions: readonly [string, ...string[]]
  /** @throws `ERR_PERSIST_DECODE` with line and column. */
  parse(text: string): unknown
  /** The text of a new file. @throws `ERR_PERSIST_ENCODE` */
  print(value: unknown): string
}

/** Where in a text something is; both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** The position of `offset` in `text`; a byte order mark at its beginning takes no column. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const breaks = before.match(/\r\n|\r|\n/g)
  const lineStart = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1
  const mark = lineStart === 0 && text.startsWith("\uFEFF") && offset > 0 ? 1 : 0
  return { line: (breaks?.length ?? 0) + 1, column: offset - lineStart - mark + 1 }
}
