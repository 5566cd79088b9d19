import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { type Address, parseAddress } from "../src/connection/address.ts"
import { readLocation } from "../src/connection/location.ts"
import { isAnother, PrimaryFinder } from "../src/connection/primary-finder.ts"
import type { NamedPrimary } from "../src/connection/sentinel-question.ts"

const silent = new Promise<NamedPrimary>(() => {})

/** What a sentinel answers: which primary, and which epoch where it tells. */
interface Saying {
  readonly primary: string
  readonly epoch?: number
}

/** A finder of sentinels that say what `says` says at that moment; nothing is silence. */
function finderOf(...says: (Saying | undefined)[]) {
  const urls = says.map((_, index) => `redis://sentinel-${index}`)
  const location = readLocation("test", { sentinel: { name: "main", nodes: urls } })
  const asked: number[] = []
  const ask = async (by: Address): Promise<NamedPrimary> => {
    const index = location.nodes.indexOf(by)
    asked.push(index)
    const saying = says[index]
    if (saying === undefined) return silent
    const address = parseAddress(`redis://${saying.primary}`)
    return { address, epoch: saying.epoch, by }
  }
  return { finder: new PrimaryFinder(location, ask), says, asked }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test("whoever is silent holds up who connects for a quarter of a second", async () => {
  const { finder } = finderOf(undefined, { primary: "a", epoch: 1 })
  let found: string | undefined
  const finding = finder.find().then(({ address }) => {
    found = address.host
  })
  await vi.advanceTimersByTimeAsync(249)
  expect(found).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  await finding
  expect(found).toBe("a")
})

test("sentinels that tell no epochs and differ do not send who is connected to and fro", async () => {
  const { finder, asked } = finderOf({ primary: "a" }, { primary: "b" }, { primary: "c" })
  const linked = await finder.find()
  asked.length = 0
  for (let round = 0; round < 4; round++) {
    expect(isAnother(await finder.next(), linked)).toBe(false)
  }
  expect(new Set(asked).size).toBe(1)
  expect(await finder.find()).toEqual(linked)
})

test("of sentinels that tell no epochs others are believed where what one says leads nowhere", async () => {
  const { finder } = finderOf({ primary: "a" }, { primary: "b" }, { primary: "c" })
  const found = new Set<string>()
  for (let round = 0; round < 3; round++) {
    found.add((await finder.find()).address.host)
    finder.doubt()
  }
  expect(found).toEqual(new Set(["a", "b", "c"]))
})

test("a sentinel that tells no epoch is believed where no other can be asked that does", async () => {
  const { finder, says } = finderOf({ primary: "a" }, { primary: "b", epoch: 1 })
  for (let round = 0; round < 3; round++) {
    expect((await finder.find()).address.host).toBe("b")
    expect((await finder.next()).address.host).toBe("b")
    finder.doubt()
  }
  says[1] = undefined
  const finding = finder.find()
  await vi.advanceTimersByTimeAsync(250)
  expect((await finding).address.host).toBe("a")
})

test("the change of the one that is believed is believed, whether it tells epochs or not", async () => {
  for (const epoch of [undefined, 1]) {
    const { finder, says } = finderOf({ primary: "a", ...(epoch && { epoch }) })
    const linked = await finder.find()
    says[0] = { primary: "b", ...(epoch && { epoch: epoch + 1 }) }
    expect(isAnother(await finder.next(), linked)).toBe(true)
  }
})
