/** One check of one backend, as the suite tells it. */
export interface Report {
  readonly target: string
  readonly group: string
  readonly check: string
  readonly outcome: "kept" | "refused" | "left out" | "failed"
  readonly absent?: string
}

/** The conformance matrix in Markdown: a row for each group of checks, a column for each backend. */
export function conformanceTable(reports: readonly Report[]): string {
  const targets = [...new Set(reports.map(({ target }) => target))]
  const groups = [...new Set(reports.map(({ group }) => group))]
  const cells = (group: string) =>
    targets.map((target) =>
      cell(reports.filter((report) => report.group === group && report.target === target)),
    )
  const rows = [
    ["", ...targets],
    ["---", ...targets.map(() => "---")],
    ...groups.map((group) => [group, ...cells(group)]),
    ["**all**", ...targets.map((target) => total(reports.filter((one) => one.target === target)))],
  ]
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n")
}

/** The backends that a text with such a matrix has columns for. */
export function backendsIn(text: string): string[] {
  const heading = /^\| {2}\|(.*)\|$/m.exec(text)?.[1] ?? ""
  return heading.split("|").map((name) => name.trim())
}

/** How many checks of a group were kept, and what is absent. */
function cell(reports: readonly Report[]): string {
  if (reports.length === 0) return "not run"
  const failed = count(reports, "failed")
  if (failed > 0) return `**${failed} of ${reports.length} failed**`
  const kept = count(reports, "kept")
  const absent = [...new Set(reports.flatMap((report) => report.absent ?? []))]
  const no = absent.map((what) => `no ${what.replace(/^supports\./, "")}`).join(", ")
  if (kept === 0) return no
  return absent.length === 0 ? String(kept) : `${kept} (${no})`
}

function total(reports: readonly Report[]): string {
  const failed = count(reports, "failed")
  return failed > 0 ? `**${failed} failed**` : `**${count(reports, "kept")}**`
}

function count(reports: readonly Report[], outcome: Report["outcome"]): number {
  return reports.filter((report) => report.outcome === outcome).length
}
