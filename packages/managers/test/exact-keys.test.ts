import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { importConf, LogManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

let files = 0

/** An object whose second key some engines read as a backslash, as that stood there in one before it. */
function treacherous() {
  const first = `first${files++}`
  JSON.parse(`{"${first}":[],"\\\\":0}`)
  const value = { [first]: 1, '"': 2 }
  return { value, text: JSON.stringify(value), path: join(temporaryDirectory(), "a.json") }
}

test("keys with escapes are read from a configuration as it has them, and kept by a change", async () => {
  const { value, text, path } = treacherous()
  writeFileSync(path, text)
  const config = await openConfig<Record<string, unknown>>({ project: path })
  expect(config.value).toEqual(value)
  await config.set("more", 3)
  expect(JSON.parse(readFileSync(path, "utf8").replaceAll('\\"', "quote"))).toEqual({
    ...JSON.parse(text.replaceAll('\\"', "quote")),
    more: 3,
  })
})

test("keys with escapes are read from conf's file, a variable and a secret as they have them", async () => {
  const { value, text, path } = treacherous()
  writeFileSync(path, text)
  expect(await importConf(path)).toEqual(value)

  const variable = treacherous()
  const source = { A_B: variable.text }
  const environment = { prefix: "A_", source, types: { b: "json" } } as const
  expect((await openConfig({ environment })).value).toEqual({ b: variable.value })

  const { value: secret, path: project } = treacherous()
  const secretKeys = { current: "k", keys: { k: new Uint8Array(32) } }
  const options = { project, secrets: ["s"], secretKeys }
  await (await openConfig<Record<string, unknown>>(options)).set("s", secret)
  expect((await openConfig(options)).value).toEqual({ s: secret })
})

test("keys with escapes are read from a log as it has them", async () => {
  const { value } = treacherous()
  await using logs = new LogManager({ directory: temporaryDirectory(), durability: "none" })
  await logs.append("app", { time: 1, nested: value })
  expect(await logs.read("app")).toEqual([{ time: 1, nested: value }])
})
