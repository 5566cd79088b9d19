import type { Comparison } from "./measure.ts"

const width = 760
const labelWidth = 300
const rowHeight = 22

/** Draws the median ratios as bars on a logarithmic axis around 1; readable on light and dark pages. */
export function plot(title: string, comparisons: readonly Comparison[]): string {
  const bars = comparisons.flatMap(({ title: group, rows }) =>
    rows.slice(1).map((row) => ({ label: `${group}: ${row.name}`, ratio: row.ratio[1] })),
  )
  const reach = Math.max(1, ...bars.map(({ ratio }) => Math.abs(Math.log10(ratio))))
  const middle = labelWidth + (width - labelWidth) / 2
  const scale = (width - labelWidth - 100) / 2 / reach
  const height = 60 + bars.length * rowHeight
  const drawn = bars.map(({ label, ratio }, index) => {
    const y = 44 + index * rowHeight
    const length = Math.log10(ratio) * scale
    const color = ratio <= 1 ? "#2da44e" : "#cf7a30"
    const end = middle + length
    const anchor = length < 0 ? "end" : "start"
    return (
      `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${escapeXml(label)}</text>` +
      `<rect x="${Math.min(middle, end)}" y="${y}" width="${Math.abs(length)}" height="15" fill="${color}"/>` +
      `<text x="${end + (length < 0 ? -4 : 4)}" y="${y + 12}" text-anchor="${anchor}">${ratio.toFixed(2)}×</text>`
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#768390">`,
    `<text x="8" y="20" font-size="15">${escapeXml(title)}: our time / theirs (left of the line, ours is faster)</text>`,
    `<line x1="${middle}" x2="${middle}" y1="36" y2="${height - 8}" stroke="#768390"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n")
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
