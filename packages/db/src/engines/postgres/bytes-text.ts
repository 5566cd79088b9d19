/** PostgreSQL's texts of bytes: `\x` and hexadecimal digits, or, with `bytea_output = 'escape'`, the bytes' own characters. */
export function bytesFromText(text: string): Buffer {
  if (text.startsWith("\\x")) return Buffer.from(text.slice(2), "hex")
  // A backslash is written twice, and what is not printable as three octal digits.
  const characters = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === "\\" ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  )
  return Buffer.from(characters, "latin1")
}

export function bytesText(value: unknown): string {
  return Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : String(value)
}
