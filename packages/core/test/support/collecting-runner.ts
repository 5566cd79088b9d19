import type { ConformanceRunner } from "../../src/conformance/index.ts"

interface Collected {
  readonly name: string
  run(): Promise<void>
}

/** A runner that keeps the tests, to be run by hand. */
export class CollectingRunner implements ConformanceRunner {
  readonly tests: Collected[] = []
  readonly #groups: string[] = []

  readonly describe = (name: string, body: () => void): void => {
    this.#groups.push(name)
    body()
    this.#groups.pop()
  }

  readonly test = (name: string, run: () => Promise<void>): void => {
    this.tests.push({ name: [...this.#groups.slice(1), name].join(": "), run })
  }

  /** The names of the tests that fail; one that takes longer than `timeout` milliseconds counts as failed. */
  async failures(only: RegExp, timeout: number): Promise<string[]> {
    const failed: string[] = []
    for (const { name, run } of this.tests.filter((test) => only.test(test.name))) {
      const { promise: late, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(() => reject(new Error("too late")), timeout)
      await Promise.race([run(), late]).catch(() => failed.push(name))
      clearTimeout(timer)
    }
    return failed
  }
}
