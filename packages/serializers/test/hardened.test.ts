import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"

/** What a fresh process whose prototypes were changed by `prepare` reads back, by format. */
function readsBack(prepare: string): Record<string, unknown> {
  const script = `
    import { JsonSerializer, MsgpackSerializer, PickleSerializer, YamlSerializer } from "@persist/serializers"
    const text = '{"toString":1,"constructor":{"prototype":[2]},"list":[{"valueOf":null}],"__proto__":{"a":3},"own":4}'
    const formats = [new JsonSerializer(), new JsonSerializer({ bigint: "literal" }), new MsgpackSerializer(), new YamlSerializer(), new PickleSerializer()]
    for (const format of formats) format.decode(format.encode(null))
    const value = JSON.parse(text)
    ${prepare}
    const texts = formats.map((format) => {
      try { return JSON.stringify(format.decode(format.encode(value))) } catch (error) { return String(error) }
    })
    console.log(JSON.stringify({ text, texts }))`
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
  })
  expect(stderr).toBe("")
  return JSON.parse(stdout)
}

test("every format reads names that all objects have where prototypes are frozen", () => {
  const { text, texts } = readsBack(
    "for (const { prototype } of [Object, Array, Map]) Object.freeze(prototype)",
  )
  expect(texts).toEqual(Array(5).fill(text))
})

test("a pickle gives errors back where intrinsics are frozen", () => {
  const script = `
    import { PickleSerializer } from "@persist/serializers/pickle"
    for (const made of [Object, Array, Map, Error, TypeError, AggregateError]) Object.freeze(made) && Object.freeze(made.prototype)
    const pickle = new PickleSerializer()
    const cause = Object.defineProperty(new TypeError("inner"), "name", { value: "Odd" })
    const all = new AggregateError([cause], "outer", { cause })
    const back = pickle.decode(pickle.encode(all))
    console.log(back.stack === all.stack, back.errors[0] === back.cause, back.cause.name, back.cause instanceof TypeError)`
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
  })
  expect([stderr, stdout.trim()]).toEqual(["", "true true Odd true"])
})
