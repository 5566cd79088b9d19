/** Content that shows by itself which write it comes from and whether it is whole. */
export function numberedContent(number: number): string {
  const body = `${number} `.repeat(1 + ((number * 7919) % 9_000))
  return `${number}:${body.length}:${body}:end ${number}`
}

/** The number that a content starts with. */
export function numberIn(content: string): number {
  return Number.parseInt(content, 10)
}

/** Whether a content is one that `numberedContent` made, to the last character. */
export function isWhole(content: string): boolean {
  return content === numberedContent(numberIn(content))
}
