import fs, {
  mkdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest"
import { Random } from "../../../.ci/seeded-random.ts"
import { type ConfigEvent, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Every watched folder's listener: what the test does to files is told when the test wants. */
const tell = new Set<() => void>()

beforeEach(() => {
  tell.clear()
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  })
  const watch = vi.spyOn(fs, "watch").mockImplementation(((_: string, listener: () => void) => {
    tell.add(listener)
    return { on() {}, close: () => tell.delete(listener) }
  }) as unknown as typeof fs.watch)
  syncBuiltinESMExports()
  onTestFinished(() => {
    vi.useRealTimers()
    watch.mockRestore()
    syncBuiltinESMExports()
  })
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Lets time pass until all of it is done. */
async function during(work: Promise<unknown>): Promise<void> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  while (!isDone) await pass(5)
  await done
}

function told(): void {
  for (const one of [...tell]) one()
}

const layers = ["system", "user", "project"] as const

class Schedule {
  readonly directory = temporaryDirectory()
  readonly random: Random
  /** The number that each file says, newest last. */
  readonly said: Record<string, number> = {}
  #made = 0
  constructor(seed: number) {
    this.random = new Random(seed)
    for (const layer of layers) this.#put(layer, 1)
  }

  path(layer: string): string {
    return join(this.directory, `${layer}.yaml`)
  }

  text(layer: string, n: number): string {
    return `${layer}:\n  a: ${n}\n  b: ${n}\n`
  }

  #write(path: string, text: string): void {
    writeFileSync(path, text)
    utimesSync(path, Date.now() / 1000, Date.now() / 1000)
  }

  #put(layer: string, n: number): void {
    this.#write(this.path(layer), this.text(layer, n))
    this.said[layer] = n
  }

  /** A little while, in which others write beside it. */
  async #while(most: number, least = 0): Promise<void> {
    const isBusy = this.random.chance(0.5)
    for (let left = least + this.random.below(most); left > 0; left -= 10) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 10)))
      if (isBusy) told()
    }
  }

  async change(layer: string): Promise<void> {
    const n = this.said[layer]! + 1
    const [path, text] = [this.path(layer), this.text(layer, n)]
    const way = this.random.below(5)
    if (way === 0) {
      // In place.
      const half = text.indexOf("  b")
      for (const part of ["", text.slice(0, half), text]) {
        this.#write(path, part)
        told()
        if (part !== text) await this.#while(60)
      }
    } else if (way === 1) {
      this.#write(`${path}~`, text)
      renameSync(`${path}~`, path)
    } else if (way === 2) {
      unlinkSync(path)
      told()
      await this.#while(450)
      this.#write(path, text)
    } else if (way === 3) {
      const version = join(this.directory, `v${++this.#made}`)
      mkdirSync(version)
      this.#write(join(version, "file.yaml"), text)
      symlinkSync(join(version, "file.yaml"), `${path}~`)
      renameSync(`${path}~`, path)
    } else {
      this.#write(path, `${layer}: [`)
      told()
      await this.#while(900)
      this.#write(path, text)
    }
    this.said[layer] = n
    told()
  }

  /** So long that somebody looks in between. */
  async between(): Promise<void> {
    await this.#while(this.random.pick([0, 100, 1500]), 200)
  }
}

interface Values {
  readonly [layer: string]: { readonly a: number; readonly b: number }
}

describe("what watchers see of files that others write in every way", () => {
  test("is each configuration that was written, once and in order, and nothing in between", async () => {
    const seed = Number(process.env.PERSIST_SEED ?? 1)
    for (let run = 0; run < Number(process.env.RUNS ?? 12); run++) {
      const schedule = new Schedule(seed * 1000 + run)
      const none = { a: 0, b: 0 }
      const config = await openConfig<Values>({
        defaults: { system: none, user: none, project: none },
        ...Object.fromEntries(layers.map((layer) => [layer, schedule.path(layer)])),
      })
      const controller = new AbortController()
      const events = config.watch({ signal: controller.signal })
      const seen: ConfigEvent[] = []
      const listening = (async () => {
        for await (const event of events) {
          const { value } = config
          for (const layer of layers) {
            if (value[layer]!.a !== value[layer]!.b || value[layer]!.a === 0)
              throw new Error(`seed ${seed * 1000 + run}: torn ${JSON.stringify([event, value])}`)
          }
          seen.push(event)
        }
      })()
      listening.catch(() => {})
      for (let step = 0; step < 12; step++) {
        // Several at once.
        const several = layers.filter(() => schedule.random.chance(0.5))
        await during(Promise.all(several.map((layer) => schedule.change(layer))))
        await during(schedule.between())
      }
      await pass(3000)
      controller.abort()
      await listening
      const changes = seen.flatMap((event) => (event.type === "change" ? event.changes : []))
      for (const layer of layers) {
        const values = changes
          .filter(({ path }) => path === `${layer}.a`)
          .map(({ after }) => after as number)
        expect(values, `seed ${seed * 1000 + run}`).toEqual(
          [...new Set(values)].sort((one, other) => one - other),
        )
        expect(config.value[layer], `seed ${seed * 1000 + run}`).toEqual({
          a: schedule.said[layer],
          b: schedule.said[layer],
        })
      }
    }
  })
})
