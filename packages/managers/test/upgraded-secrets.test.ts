import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { openConfig, openConfigSync } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const secretKeys = { current: "k1", keys: { k1: new Uint8Array(32).fill(1) } }

/** Version 2 has what was `token` under `auth`, beside the user. */
const migrate = {
  2: (old: unknown) => {
    const { token, login, ...rest } = old as { token: string; login: string }
    const [user, password] = login.split(":")
    return { ...rest, auth: { user, password, token }, login: undefined }
  },
}

async function oldFile(): Promise<string> {
  const project = join(temporaryDirectory(), "app.yaml")
  writeFileSync(project, "# mine\nport: 80 # me\n")
  const options = { project, secrets: ["token", "login"], secretKeys }
  const config = await openConfig<Record<string, unknown>>(options)
  await config.set("token", "s3cret")
  await config.set("login", "ann:hunter2")
  return project
}

describe("Secrets in configurations of an old version", () => {
  test("are plain to the steps, and encrypted again where these put them", async () => {
    const project = await oldFile()
    const secrets = ["auth.password"]
    const config = await openConfig({ project, secrets, secretKeys, version: 2, migrate })
    const auth = { user: "ann", password: "hunter2", token: "s3cret" }
    expect(config.value).toEqual({ port: 80, auth })
    const text = readFileSync(project, "utf8")
    expect(text).not.toMatch(/hunter2|s3cret/)
    expect(text).toMatch(/^# mine\nport: 80 # me\nauth:\n {2}user: ann\n/)
    expect(statSync(project).mode & 0o777).toBe(0o600)
    const again = await openConfig({ project, secrets, secretKeys, version: 2, migrate })
    expect(again.value).toEqual({ port: 80, auth })
    expect(readFileSync(project, "utf8")).toBe(text)
  })

  test("that somebody wrote by hand stay as they are until they are rotated", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(project, "key: by hand # mine\ntoken: t\nlogin: ann:x\n")
    const secrets = ["key"]
    const config = await openConfig({ project, secrets, secretKeys, version: 2, migrate })
    expect(readFileSync(project, "utf8")).toMatch(/^key: by hand # mine\n/)
    expect(await config.rotateSecrets()).toEqual(["key"])
    expect(readFileSync(project, "utf8")).not.toContain("by hand")
    expect(config.value).toMatchObject({ key: "by hand" })
  })

  test("keep their text where nothing changes", async () => {
    const project = await oldFile()
    const sealed = /^token: .*$/m.exec(readFileSync(project, "utf8"))![0]
    const add = { 2: (old: unknown) => ({ ...(old as object), added: true }) }
    await openConfig({ project, secretKeys, version: 2, migrate: add })
    expect(readFileSync(project, "utf8")).toContain(sealed)
  })

  test("leave other values plain that are as many are", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    const old = await openConfig<{ flag: boolean }>({ project, secrets: ["flag"], secretKeys })
    await old.set("flag", true)
    const add = { 2: (old: unknown) => ({ ...(old as object), added: true }) }
    const options = { project, secrets: ["flag"], secretKeys, version: 2, migrate: add }
    expect((await openConfig(options)).value).toEqual({ flag: true, added: true })
    expect(readFileSync(project, "utf8")).toMatch(/^flag: secret:v1:.*\nadded: true\n/)
  })

  test("are those of a newer program before anything else, whatever its keys are", async () => {
    const project = await oldFile()
    await openConfig({ project, secretKeys, version: 2, migrate })
    const others = { current: "k2", keys: { k2: new Uint8Array(32).fill(2) } }
    const opening = openConfig({ project, secretKeys: others, version: 1 })
    await expect(opening).rejects.toMatchObject({ code: "ERR_PERSIST_NEWER" })
  })

  test("are set, deleted and rotated by one that was opened without waiting", async () => {
    const project = await oldFile()
    const keys = { ...secretKeys.keys, k2: new Uint8Array(32).fill(2) }
    const secrets = ["auth.password", "auth.token"]
    const config = openConfigSync<Record<string, unknown>>({
      ...{ project, secrets, version: 2, migrate },
      secretKeys: { current: "k2", keys },
    })
    await config.rotateSecrets()
    const stored = readFileSync(project, "utf8")
    expect(stored).not.toMatch(/hunter2|s3cret|:k1:|^token/m)
    await config.set("auth.token", "other")
    await config.delete("auth.user")
    expect(config.value).toEqual({ port: 80, auth: { password: "hunter2", token: "other" } })
  })
})

describe("A configuration with a version", () => {
  test("that is not there yet goes through no steps", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    const config = await openConfig<Record<string, unknown>>({ project, version: 2, migrate })
    await config.set("port", 1)
    expect(config.value).toEqual({ port: 1 })
    expect(readFileSync(project, "utf8")).toBe("_version: 2\nport: 1\n")
  })

  test("says after an upgrade where values stand now", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(project, "old: 1\nport: 80\n")
    const drop = {
      2: (before: unknown) => {
        const { old: _, ...rest } = before as { old: number }
        return rest
      },
    }
    const config = await openConfig<Record<string, unknown>>({ project, version: 2, migrate: drop })
    expect(readFileSync(project, "utf8")).toBe("port: 80\n_version: 2\n")
    expect(config.explain("port")).toMatchObject({ line: 1, column: 1 })
  })

  test("refuses what is no version, and leaves the file alone", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    for (const version of ['"3"', "1.5", "-1", "[1]", "null"]) {
      const text = `_version: ${version}\nport: 80\n`
      writeFileSync(project, text)
      const opening = openConfig({ project, version: 2, migrate })
      await expect(opening).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE", path: project })
      expect(readFileSync(project, "utf8")).toBe(text)
    }
  })
})
