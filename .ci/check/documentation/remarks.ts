/** A value behind `//`, as Node prints values: numbers, literals, objects, lists, nothing that could be a sentence. */
const values = /^(?:(?:-?\d[\d._]*n?|true|false|null|undefined|\{.*\}|\[.*\])(?: |$))+$/

/** What a program says behind its `console.log` that this prints; remarks in words are not compared. */
export function remarksIn(source: string): string[] {
  return [...source.matchAll(/\bconsole\.log\(.*\) \/\/ (.+)$/gm)]
    .map((match) => match[1]!)
    .filter((remark) => values.test(remark) && !remark.includes("…"))
}

/** The remarks that are no line of the output; Node sets spaces inside brackets that people leave out. */
export function unprinted(remarks: readonly string[], output: string): string[] {
  const lines = new Set(output.split("\n").map(withoutSpaces))
  return remarks.filter((remark) => !lines.has(withoutSpaces(remark)))
}

function withoutSpaces(text: string): string {
  return text.trim().replaceAll(/(?<=[[{]) +| +(?=[\]}])/g, "")
}
