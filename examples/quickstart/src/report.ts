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

  /** Prints every step's time. */
  summary(): void {
    const widest = Math.max(...this.#timings.map(({ step }) => step.length))
    for (const { step, milliseconds } of this.#timings) {
      console.log(`   ${step.padEnd(widest)}  ${duration(milliseconds).padStart(9)}`)
    }
  }
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
