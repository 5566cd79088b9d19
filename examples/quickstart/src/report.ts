import { readdir, stat } from "node:fs/promises"
import { dirname, join, relative } from "node:path"

/** Prints the steps of the tour, each with what it found, and at the end how long each took. */
export class Report {
  readonly #timings: { readonly step: string; readonly milliseconds: number }[] = []

  /** Runs one step under a heading; `describe` puts what it found into words. */
  async step<T>(
    name: string,
    heading: string,
    work: () => T | Promise<T>,
    describe: (result: T) => string,
  ): Promise<T> {
    const start = performance.now()
    const result = await work()
    this.#timings.push({ step: name, milliseconds: performance.now() - start })
    console.log(`\n${this.#timings.length}. ${heading}`)
    for (const line of describe(result).split("\n")) console.log(`   ${line}`)
    return result
  }

  /** Prints every step's time, and every file that is there now. */
  async summary(directory: string): Promise<void> {
    console.log("\nHow long it took")
    for (const { step, milliseconds } of this.#timings) {
      console.log(`   ${duration(milliseconds).padStart(9)}  ${step}`)
    }
    console.log(`\nWhere everything is: ${directory}`)
    for (const [path, size] of await filesBelow(directory)) {
      console.log(`   ${bytes(size).padStart(9)}  ${path}`)
    }
  }
}

/** The files below a folder with their sizes; a folder of many is summed up. */
async function filesBelow(directory: string): Promise<[path: string, size: number][]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map(async (path) => ({ path: relative(directory, path), size: (await stat(path)).size })),
  )
  const folders = Map.groupBy(files, ({ path }) => dirname(path))
  return [...folders].flatMap(([folder, inside]): [string, number][] => {
    if (inside.length <= 3) return inside.map(({ path, size }) => [path, size])
    const total = inside.reduce((sum, { size }) => sum + size, 0)
    return [[join(folder, `(${inside.length} files)`), total]]
  })
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
