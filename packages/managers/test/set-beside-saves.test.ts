import fs, {
  closeSync,
  futimesSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest"
import { openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** How often a file was read. */
let reads = 0

beforeEach(() => {
  const read = vi.spyOn(fs, "readFileSync")
  read.mockImplementation(((...given: Parameters<typeof readFileSync>) => {
    reads++
    return real(...given)
  }) as typeof readFileSync)
  syncBuiltinESMExports()
  onTestFinished(() => {
    vi.useRealTimers()
    read.mockRestore()
    syncBuiltinESMExports()
  })
})

const real = fs.readFileSync

const texts = {
  json: ['{ "n": 1,', ' "kept": 1 }\n', '{ "n": 1, "kept": 1, "own": 2 }\n'],
  jsonc: ["// n\n", '{ "kept": 1 }\n', '// n\n{ "kept": 1, "own": 2 }\n'],
  yaml: ["n: 1\n", "kept: 1\n", "n: 1\nkept: 1\nown: 2\n"],
  toml: ["n = 1\n", "kept = 1\n", "n = 1\nkept = 1\nown = 2\n"],
} as const

async function opened(format: keyof typeof texts) {
  const project = join(temporaryDirectory(), `app.${format}`)
  const [first, second] = texts[format]
  writeFileSync(project, first + second)
  const config = await openConfig<{ own?: number }>({ project })
  let isSet = false
  const set = async () => {
    await config.set("own", 2).finally(() => {
      isSet = true
    })
  }
  /** Until the file was looked at some more times, or the edit is done. */
  const looks = async () => {
    for (const until = reads + 5; reads < until && !isSet; ) {
      await new Promise((go) => setImmediate(go))
    }
  }
  return { project, set, looks }
}

const formats = Object.keys(texts) as (keyof typeof texts)[]

describe("Config.set beside somebody who saves the same file", () => {
  test.each(formats)("waits until what was emptied is whole again: %s", async (format) => {
    const { project, set, looks } = await opened(format)
    vi.useFakeTimers({ toFake: ["performance", "Date"] })
    const file = openSync(project, "w")
    const setting = set()
    for (const part of texts[format].slice(0, 2)) {
      await looks()
      writeSync(file, part)
      futimesSync(file, Date.now() / 1000, Date.now() / 1000)
    }
    closeSync(file)
    await looks()
    vi.advanceTimersByTime(75)
    await setting
    expect(readFileSync(project, "utf8")).toBe(texts[format][2])
  })

  test("waits until a file that went is back", async () => {
    const { project, set, looks } = await opened("json")
    unlinkSync(project)
    const setting = set()
    await looks()
    writeFileSync(project, texts.json[0] + texts.json[1])
    await setting
    expect(readFileSync(project, "utf8")).toBe(texts.json[2])
  })

  test.each([unlinkSync, (path: string) => writeFileSync(path, "")])(
    "believes in half a second that it stays so",
    async (end) => {
      const { project, set, looks } = await opened("yaml")
      vi.useFakeTimers({ toFake: ["performance"] })
      end(project)
      const setting = set()
      await looks()
      vi.advanceTimersByTime(500)
      await setting
      expect(readFileSync(project, "utf8")).toBe("own: 2\n")
    },
  )
})
