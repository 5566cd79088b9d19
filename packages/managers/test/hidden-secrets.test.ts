import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

describe("Config secrets", () => {
  test("never show in the message of a schema", async () => {
    const schema = z.object({
      token: z.string().refine(() => false, { error: (issue) => `bad ${issue.input}` }),
    })
    const opening = openConfig({ schema, overrides: { token: "s3cret" }, secrets: ["token"] })
    await expect(opening).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    )
  })

  test("hide no message that has a very short one in its words by chance, but one that quotes it", async () => {
    const schema = z.object({ pin: z.string(), port: z.number("port has to be in 1024-2048") })
    const secrets = ["pin"]
    for (const pin of ["p", "rt", "48"]) {
      const opening = openConfig({ schema, overrides: { pin, port: "" }, secrets })
      await expect(opening).rejects.toThrow("has to be in")
    }
    const quoting = z.object({ pin: z.string() }).refine(() => false, {
      error: ({ input }) => {
        const { pin } = input as { pin: string }
        return pin.length < 3 ? `not ${JSON.stringify(pin)}` : `not v${pin}s`
      },
    })
    for (const pin of ["7", "ab", '"', "abc", "long"]) {
      const opening = openConfig({ schema: quoting, overrides: { pin }, secrets })
      await expect(opening).rejects.toThrow("$: is not valid; its value is a secret")
    }
  })

  test.each([
    ["yaml", "token: *s3cret\n"],
    ["yaml", "token: |s3cret\n"],
    ["json", '{"token":: "s3cret"}'],
    ["jsonc", '{"token":: "s3cret"}'],
    ["toml", 'token = = "s3cret"'],
  ])("never show in what is said of a file that cannot be read (%s, %j)", async (format, text) => {
    const project = join(temporaryDirectory(), `app.${format}`)
    writeFileSync(project, text)
    const error = await openConfig({ project, secrets: ["token"] }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE", path: project })
    expect(inspect(error, { depth: 9 })).not.toContain("s3cret")
  })

  test("never show in what a schema says of something around them", async () => {
    const db = z.unknown().superRefine((value, context) => {
      context.addIssue(`no ${JSON.stringify(value)}`)
    })
    for (const password of ['hunter2"', 4711]) {
      const defaults = { db: { user: "ann", password } }
      const opening = openConfig({ defaults, secrets: ["db.password"], schema: z.object({ db }) })
      await expect(opening).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
      await opening.catch((error) => expect(inspect(error)).not.toMatch(/hunter2|4711/))
    }
  })

  test("never show in what a step, a schema or the function of a variable throws", async () => {
    const project = join(temporaryDirectory(), "app.json")
    writeFileSync(project, '{ "token": "s3cret" }')
    const quote = (value: unknown): never => {
      throw new Error(`no ${JSON.stringify(value)}`)
    }
    const carry = (value: unknown): never => {
      throw new Error("no", { cause: { value } })
    }
    const source = { A_TOKEN: "s3cret" }
    const ways = [quote, carry].flatMap((say) => [
      { project, version: 1, migrate: { 1: say } },
      { project, schema: z.custom<object>((value) => say(value)) },
      { environment: { prefix: "A_", types: { token: say }, source } },
    ])
    for (const options of ways) {
      const error = await openConfig({ ...options, secrets: ["token"] }).catch((thrown) => thrown)
      expect(error).toMatchObject({ name: "PersistError" })
      expect(inspect(error, { depth: 9 })).not.toContain("s3cret")
    }
  })

  test("never show in what a step throws that takes them from where they stood before", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const secretKeys = { current: "k1", keys: { k1: new Uint8Array(32).fill(1) } }
    const old = await openConfig<object>({ project, secrets: ["old.token"], secretKeys })
    await old.set("old.token" as never, "s3cret" as never)
    const quote = (value: unknown): never => {
      throw new Error(`no ${JSON.stringify(value)}`)
    }
    const options = { project, secretKeys, secrets: ["token"], version: 1, migrate: { 1: quote } }
    const error = await openConfig(options).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
    expect(inspect(error, { depth: 9 })).not.toContain("s3cret")
  })
})
