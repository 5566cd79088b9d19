import type { HitRatioRow } from "./hit-ratios.ts"

const series = [
  ["LRU", "#768390", (row: HitRatioRow) => row.policies.lru],
  ["SIEVE", "#986ee2", (row: HitRatioRow) => row.policies.sieve],
  ["S3-FIFO", "#cf7a30", (row: HitRatioRow) => row.policies.s3fifo],
  ["adaptive", "#2da44e", (row: HitRatioRow) => row.policies.tinylfu],
  ["optimum", "#0969da", (row: HitRatioRow) => row.optimum],
] as const

const left = 210
const right = 740
const rowHeight = 24

/** One line per trace and size, one dot per policy; readable on light and dark pages. */
export function hitRatioPlot(rows: readonly HitRatioRow[]): string {
  const x = (percent: number) => left + ((right - left) * percent) / 100
  const height = 70 + rows.length * rowHeight
  const legend = series.map(
    ([name, color], index) =>
      `<circle cx="${left + index * 105}" cy="38" r="5" fill="${color}"/><text x="${left + 9 + index * 105}" y="42">${name}</text>`,
  )
  const grid = [0, 25, 50, 75, 100].map(
    (percent) =>
      `<line x1="${x(percent)}" x2="${x(percent)}" y1="52" y2="${height - 14}" stroke="#768390" stroke-opacity="0.3"/>` +
      `<text x="${x(percent)}" y="${height - 2}" text-anchor="middle">${percent} %</text>`,
  )
  const drawn = rows.flatMap((row, index) => {
    const y = 66 + index * rowHeight
    return [
      `<text x="${left - 10}" y="${y + 4}" text-anchor="end">${row.trace}@${row.size}</text>`,
      ...series.map(
        ([, color, value], at) =>
          `<circle cx="${x(value(row)).toFixed(1)}" cy="${y + (at - 2) * 1.5}" r="4" fill="${color}" fill-opacity="0.85"/>`,
      ),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#768390">`,
    '<text x="8" y="20" font-size="15">Hit ratio by trace and size</text>',
    ...legend,
    ...grid,
    ...drawn,
    "</svg>",
    "",
  ].join("\n")
}
