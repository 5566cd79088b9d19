/** A comparison as a plot shows it: a bar for each peer. */
export interface PlottedGroup {
  readonly title: string
  readonly bars: readonly {
    readonly name: string
    /** Our time / theirs. */
    readonly ratio: number
  }[]
}

/** Wide plots have the names of the peers beside the bars; narrow ones, for phones, above them. */
export type PlotWidth = "wide" | "narrow"

const letterWidth = 6.3
const headingHeight = 30

/** Draws ratios as bars on a logarithmic axis around 1; readable on light and dark pages. */
export function plot(
  title: string,
  comparisons: readonly PlottedGroup[],
  plotWidth: PlotWidth = "wide",
): string {
  const groups = comparisons.filter(({ bars }) => bars.length > 0)
  const frame = frameOf(
    groups.flatMap(({ bars }) => bars),
    plotWidth,
  )
  const drawn: string[] = []
  let y = 34
  for (const group of groups) {
    drawn.push(text(8, y + 18, group.title, 'font-weight="bold"'))
    y += headingHeight
    for (const { name, ratio } of group.bars) {
      drawn.push(label(frame, y, name), bar(frame, y, ratio))
      y += frame.rowHeight
    }
  }
  const height = y + 10
  const { width, middle } = frame
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#768390">`,
    text(8, 20, `${title}: our time / theirs (left of the line, ours is faster)`, frame.heading),
    `<line x1="${middle}" x2="${middle}" y1="36" y2="${height - 8}" stroke="#768390" stroke-opacity="0.5"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n")
}

/** Where things stand in a plot. */
interface Frame {
  readonly width: number
  readonly heading: string
  readonly rowHeight: number
  /** From the top of a row to its bar. */
  readonly barOffset: number
  /** Where names end; 0 where they stand above the bars. */
  readonly labelWidth: number
  readonly middle: number
  /** Length of a bar for a ratio of ten. */
  readonly scale: number
}

function frameOf(bars: PlottedGroup["bars"], plotWidth: PlotWidth): Frame {
  const isWide = plotWidth === "wide"
  const width = isWide ? 680 : 340
  const longest = Math.max(...bars.map(({ name }) => name.length))
  const labelWidth = isWide ? longest * letterWidth + 20 : 0
  const reach = Math.max(1, ...bars.map(({ ratio }) => Math.abs(Math.log10(ratio))))
  return {
    width,
    heading: `font-size="${isWide ? 15 : 11.5}"`,
    rowHeight: isWide ? 20 : 36,
    barOffset: isWide ? 0 : 17,
    labelWidth,
    middle: labelWidth + (width - labelWidth) / 2,
    scale: (width - labelWidth - 100) / 2 / reach,
  }
}

function label({ labelWidth }: Frame, y: number, name: string): string {
  return labelWidth === 0
    ? text(16, y + 11, name, "")
    : text(labelWidth - 8, y + 11, name, 'text-anchor="end"')
}

function bar({ middle, scale, barOffset }: Frame, y: number, ratio: number): string {
  const length = Math.log10(ratio) * scale
  const end = middle + length
  const top = y + barOffset
  const [offset, anchor] = length < 0 ? [-4, "end"] : [4, "start"]
  const [x, size] = [Math.min(middle, end).toFixed(1), Math.abs(length).toFixed(1)]
  const color = ratio <= 1 ? "#2da44e" : "#cf7a30"
  return (
    `<rect x="${x}" y="${top}" width="${size}" height="14" fill="${color}"/>` +
    text(end + offset, top + 11, `${ratio.toFixed(2)}×`, `text-anchor="${anchor}"`)
  )
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escapeXml(words)}</text>`
}

function escapeXml(words: string): string {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
