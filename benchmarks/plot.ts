const width = 680
const rowHeight = 20
const headingHeight = 30
const letterWidth = 6.3

/** What a plot needs of a comparison: ours first, then each peer with its median ratio in the middle. */
export interface Plotted {
  readonly title: string
  readonly rows: readonly {
    readonly name: string
    readonly ratio: readonly [number, number, number]
  }[]
}

/** Draws the median ratios as bars on a logarithmic axis around 1; readable on light and dark pages. */
export function plot(title: string, comparisons: readonly Plotted[]): string {
  const groups = comparisons
    .map((one) => ({ title: one.title, bars: one.rows.slice(1) }))
    .filter(({ bars }) => bars.length > 0)
  const bars = groups.flatMap((group) => group.bars)
  const labelWidth = Math.max(...bars.map(({ name }) => name.length)) * letterWidth + 20
  const reach = Math.max(1, ...bars.map(({ ratio }) => Math.abs(Math.log10(ratio[1]))))
  const middle = labelWidth + (width - labelWidth) / 2
  const scale = (width - labelWidth - 100) / 2 / reach
  const drawn: string[] = []
  let y = 34
  for (const group of groups) {
    drawn.push(text(8, y + 18, group.title, 'font-weight="bold"'))
    y += headingHeight
    for (const { name, ratio } of group.bars) {
      drawn.push(bar({ name, ratio: ratio[1], y, labelWidth, middle, scale }))
      y += rowHeight
    }
  }
  const height = y + 10
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#768390">`,
    text(8, 20, `${title}: our time / theirs (left of the line, ours is faster)`, 'font-size="15"'),
    `<line x1="${middle}" x2="${middle}" y1="36" y2="${height - 8}" stroke="#768390"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n")
}

interface Bar {
  readonly name: string
  readonly ratio: number
  readonly y: number
  readonly labelWidth: number
  readonly middle: number
  readonly scale: number
}

function bar({ name, ratio, y, labelWidth, middle, scale }: Bar): string {
  const length = Math.log10(ratio) * scale
  const end = middle + length
  const color = ratio <= 1 ? "#2da44e" : "#cf7a30"
  const [offset, anchor] = length < 0 ? [-4, "end"] : [4, "start"]
  const [x, size] = [Math.min(middle, end).toFixed(1), Math.abs(length).toFixed(1)]
  return (
    text(labelWidth - 8, y + 11, name, 'text-anchor="end"') +
    `<rect x="${x}" y="${y}" width="${size}" height="14" fill="${color}"/>` +
    text(end + offset, y + 11, `${ratio.toFixed(2)}×`, `text-anchor="${anchor}"`)
  )
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escapeXml(words)}</text>`
}

function escapeXml(words: string): string {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
