import { describe, expect, test } from "vitest"
import { nearTheEnd } from "../../../.ci/near-the-end.ts"
import { temporaryFolder } from "../../../.ci/temporary-folder.ts"
import {
  compressed,
  encrypted,
  FileStorage,
  generateKey,
  JsonSerializer,
  MsgpackSerializer,
  PersistError,
  PickleSerializer,
  type Serializer,
  YamlSerializer,
} from "../src/index.ts"

const formats: readonly Serializer[] = [
  new JsonSerializer(),
  new JsonSerializer({ bigint: "literal" }),
  new MsgpackSerializer(),
  new PickleSerializer(),
  new YamlSerializer(),
  compressed(new MsgpackSerializer()),
  encrypted(new JsonSerializer(), { keys: { a: generateKey() } }),
]

function nested(depth: number): unknown {
  return depth === 0 ? "end" : { in: [nested(depth - 1)] }
}

function codeOf(error: Error): string {
  return PersistError.is(error) ? error.code : error.name
}

describe("a stack that is nearly used up", () => {
  test.each(formats)("takes no value of $fileExtension for damaged", async (serializer) => {
    const directory = temporaryFolder()
    await using storage = new FileStorage({ directory, serializer, durability: "none" })
    await storage.save("key", { when: "before" })
    const value = { when: "now", list: [nested(120), 2 ** 53] }
    await storage.save("key", value, { backup: true })
    let read = 0
    for (let frames = 1; frames < 4_000; frames += 40) {
      const found = nearTheEnd(frames, () => storage.loadSync("key"))
      if (found instanceof Error) expect(codeOf(found)).not.toMatch(/CORRUPT|DECODE/)
      else {
        expect(found).toEqual(value)
        read++
      }
    }
    expect(read).toBeGreaterThan(0)
  })
})
