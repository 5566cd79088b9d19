import { readdir, stat } from "node:fs/promises"
import { join, relative } from "node:path"

/** Prints the steps of the tour, each with what it found and how long it took. */
export class Report {
  readonly #timings: { readonly step: string; readonly milliseconds: number }[] = []

  /** Runs one step under a heading; what it returns is printed below. */
  async step<T>(heading: string, work: () => T | Promise<T>, describe: (result: T) => string) {
    console.log(`\n${this.#timings.length + 1}. ${heading}`)
    const start = performance.now()
    const result = await work()
    const milliseconds = performance.now() - start
    this.#timings.push({ step: heading, milliseconds })
    for (const line of describe(result).split("\n")) console.log(`   ${line}`)
    return result
  }

  /** Prints every step's time, and every file that is there now. */
  async summary(directory: string): Promise<void> {
    const widest = Math.max(...this.#timings.map(({ step }) => step.length))
    console.log("\nWhat took how long")
    for (const { step, milliseconds } of this.#timings) {
      console.log(`   ${step.padEnd(widest)}  ${duration(milliseconds).padStart(9)}`)
    }
    console.log(`\nWhat lies in ${directory}`)
    for (const line of await filesBelow(directory)) console.log(`   ${line}`)
  }
}

/** The files below a folder with their sizes; folders of many are summed up. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const folders = Map.groupBy(
    entries.filter((entry) => entry.isFile()),
    ({ parentPath }) => parentPath,
  )
  const lines: string[] = []
  for (const [folder, files] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sizes = await Promise.all(files.map(({ name }) => stat(join(folder, name))))
    const name = relative(directory, folder)
    const total = sizes.reduce((sum, { size }) => sum + size, 0)
    if (files.length > 3) lines.push(`${join(name, `(${files.length} files)`)}  ${bytes(total)}`)
    else
      for (const [index, file] of files.entries())
        lines.push(`${join(name, file.name)}  ${bytes(sizes[index]!.size)}`)
  }
  return lines
}

/** A time as people write it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(1)} µs`
  return milliseconds < 1000
    ? `${milliseconds.toFixed(1)} ms`
    : `${(milliseconds / 1000).toFixed(2)} s`
}

/** A size as people write it. */
export function bytes(size: number): string {
  return size < 1000
    ? `${size} B`
    : size < 1e6
      ? `${(size / 1e3).toFixed(1)} kB`
      : `${(size / 1e6).toFixed(1)} MB`
}
