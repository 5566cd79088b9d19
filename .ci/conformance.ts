import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { rootTool } from "./check/command.ts"
import { root } from "./check/workspace.ts"
import { conformanceSuites } from "./conformance/suites.ts"
import { backendsIn, conformanceTable, type Report } from "./conformance/table.ts"

// pnpm conformance [--repeat N] [--write]: runs the conformance suite over every backend, N times, and prints the matrix;
// --write puts it between the markers in packages/core/README.md.
const args = process.argv.slice(2)
const option = args.indexOf("--repeat")
const repeat = option < 0 ? 1 : Number(args[option + 1])
if (!(Number.isInteger(repeat) && repeat >= 1)) {
  console.error("--repeat takes how many times: a whole number from 1.")
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), "persist-conformance-"))
const collector = pathToFileURL(join(import.meta.dirname, "conformance/collector.ts")).href
const failures: string[] = []
let reports: Report[] = []
for (let round = 1; round <= repeat; round++) {
  const began = performance.now()
  const path = join(folder, `${round}.jsonl`)
  const broken = conformanceSuites().flatMap((suite) => {
    const { status, stdout, stderr } = spawnSync(
      rootTool("vitest"),
      [
        "run",
        "--config",
        suite.config,
        "--reporter=dot",
        "-t",
        "keeps the storage contract",
        ...suite.files,
      ],
      {
        cwd: suite.directory,
        encoding: "utf8",
        maxBuffer: 2 ** 26,
        env: {
          ...process.env,
          NO_COLOR: "1",
          CONFORMANCE_REPORT: path,
          NODE_OPTIONS: `--import=${collector}`,
        },
      },
    )
    if (status === 0) return []
    console.log(stdout, stderr)
    return [suite.directory]
  })
  reports = existsSync(path) ? readReports(path) : []
  const failed = reports.filter(({ outcome }) => outcome === "failed")
  failures.push(...failed.map((one) => `${one.target}: ${one.group}: ${one.check}`), ...broken)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const targets = new Set(reports.map(({ target }) => target)).size
  const outcome = failed.length + broken.length === 0 ? "none failed" : `${failed.length} failed`
  console.log(
    `${round} of ${repeat}: ${reports.length} checks of ${targets} backends, ${outcome}, ${seconds} s`,
  )
}
rmSync(folder, { recursive: true })
if (!args.includes("--write")) failures.push(...missing())
const table = conformanceTable(reports)
console.log(`\n${table}\n`)
for (const failure of failures) console.log(`FAILED ${failure}`)
if (failures.length > 0) process.exitCode = 1
else if (args.includes("--write")) write(table)

/** A test that is moved or renamed must not take its backend out of the suite without a word. */
function missing(): string[] {
  const published = backendsIn(readFileSync(join(root, "packages/core/README.md"), "utf8"))
  return published
    .filter((name) => !reports.some(({ target }) => target === name))
    .map((name) => `${name}: not run, though the matrix in packages/core/README.md has it`)
}

function readReports(path: string): Report[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n")
  return lines.map((line): Report => JSON.parse(line))
}

function write(matrix: string): void {
  const path = join(root, "packages/core/README.md")
  const text = readFileSync(path, "utf8")
  const marked = /(<!-- conformance -->)[\s\S]*?(<!-- \/conformance -->)/
  if (!marked.test(text)) throw new Error(`${path} has no place marked <!-- conformance -->.`)
  const day = new Date().toISOString().slice(0, 10)
  const heading = `${day}, Node ${process.versions.node}, ${process.platform}: checks that were kept, by group.`
  writeFileSync(path, text.replace(marked, `$1\n\n${heading}\n\n${matrix}\n\n$2`))
}
