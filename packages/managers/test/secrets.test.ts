import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const one = { current: "k1", keys: { k1: new Uint8Array(32).fill(1) } }
const two = { current: "k2", keys: { ...one.keys, k2: new Uint8Array(32).fill(2) } }

describe("Config secrets", () => {
  test("are encrypted one by one, and the rest of the file stays readable", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(project, "# mine\nuser: ann # me\n")
    const options = { project, secrets: ["auth", "token"], secretKeys: one }
    const config = await openConfig<Record<string, unknown>>(options)
    await Promise.all([
      config.set("token", "s3cret"),
      config.set("auth.password", "hunter2"),
      config.set("port", 1),
    ])
    const text = readFileSync(project, "utf8")
    expect(text).toMatch(/^# mine\nuser: ann # me\n/)
    expect(text).not.toMatch(/s3cret|hunter2/)
    expect(statSync(project).mode & 0o777).toBe(0o600)
    const again = await openConfig<Record<string, unknown>>(options)
    expect(again.value).toEqual({
      user: "ann",
      port: 1,
      token: "s3cret",
      auth: { password: "hunter2" },
    })
    expect(again.explain("auth")).toMatchObject({ value: "•••" })
    expect(again.explain("token")).toMatchObject({ value: "•••", line: 3 })
  })

  test("move to a new key, and are refused with a wrong one, moved or changed; the file stays", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const config = await openConfig<Record<string, unknown>>({
      project,
      secrets: ["a", "b"],
      secretKeys: one,
    })
    await config.set("a", { deep: 1 })
    await config.set("b", "x")
    const before = JSON.parse(readFileSync(project, "utf8"))
    const newer = await openConfig<Record<string, unknown>>({
      project,
      secrets: ["a", "b"],
      secretKeys: two,
    })
    expect(await newer.rotateSecrets()).toEqual(["a", "b"])
    expect(await newer.rotateSecrets()).toEqual([])
    expect(newer.value).toEqual({ a: { deep: 1 }, b: "x" })
    await expect(openConfig({ project, secretKeys: one })).rejects.toMatchObject({
      code: "ERR_PERSIST_UNKNOWN_KEY",
    })
    await expect(openConfig({ project })).rejects.toMatchObject({ code: "ERR_PERSIST_UNKNOWN_KEY" })
    const swapped = JSON.stringify({ a: before.b, b: before.a })
    writeFileSync(project, swapped)
    await expect(openConfig({ project, secretKeys: one })).rejects.toMatchObject({
      code: "ERR_PERSIST_DECRYPT",
    })
    expect(readFileSync(project, "utf8")).toBe(swapped)
    const wrong = { current: "k1", keys: { k1: "short" } }
    await expect(openConfig({ project, secretKeys: wrong })).rejects.toThrow(/32 bytes/)
  })

  test("take 32 bytes of base64 as a key, with the line end of a file, but no passphrase of that length", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const open = (k1: string) =>
      openConfig({ project, secrets: ["a"], secretKeys: { current: "k1", keys: { k1 } } })
    const key = Buffer.alloc(32, 251)
    for (const text of [
      key.toString("base64"),
      key.toString("base64url"),
      `${key.toString("base64")}\n`,
    ])
      expect((await open(text)).value).toEqual({})
    const passphrase = "correct horse battery staple and seven more words,1"
    expect(Buffer.from(passphrase, "base64")).toHaveLength(32)
    const refused = await open(passphrase).catch((error: Error) => error.message)
    expect(refused).toMatch(/^secretKeys\.keys\["k1"\] is not 32 bytes or their base64/)
    expect(refused).not.toMatch(/horse|undefined/)
  })

  test("are refused when a character is changed, added or gone, and when a newer program wrote them", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const options = { project, secrets: ["a"], secretKeys: one }
    await (await openConfig<Record<string, unknown>>(options)).set("a", "s3cret!")
    const { a: sealed } = JSON.parse(readFileSync(project, "utf8"))
    const reading = (a: string) => {
      writeFileSync(project, JSON.stringify({ a }))
      return openConfig(options)
    }
    expect((await reading(sealed)).value).toEqual({ a: "s3cret!" })
    for (let at = "secret:v1:k1:".length; at < sealed.length; at++) {
      for (const other of ["", "=", ":", "A", "B", "C", `${sealed[at]}A`]) {
        if (other === sealed[at]) continue
        const changed = reading(sealed.slice(0, at) + other + sealed.slice(at + 1))
        await expect(changed).rejects.toMatchObject({ code: "ERR_PERSIST_DECRYPT" })
      }
    }
    for (const more of ["=", ":", ":x", " "]) {
      const longer = reading(sealed + more)
      await expect(longer).rejects.toMatchObject({ code: "ERR_PERSIST_DECRYPT" })
    }
    const newer = reading(sealed.replace("v1", "v2"))
    await expect(newer).rejects.toMatchObject({ code: "ERR_PERSIST_NEWER" })
    const withoutKeys = openConfig({ project, secrets: ["a"] })
    await expect(withoutKeys).rejects.toMatchObject({ code: "ERR_PERSIST_UNKNOWN_KEY" })
  })

  test("in lists are hidden, and move to a new key, as do those that were never encrypted", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(
      project,
      "# mine\ntoken: s3cret # me\nservers:\n  - token: hunter2\n    port: 1\n",
    )
    const secrets = ["token", "servers.0.token", "none"]
    const open = (secretKeys: typeof one) =>
      openConfig<Record<string, unknown>>({ project, secrets, secretKeys })
    const config = await open(one)
    expect(JSON.stringify(config.explain("servers"))).not.toContain("hunter2")
    expect(await config.rotateSecrets()).toEqual(["token", "servers.0.token"])
    expect(await config.rotateSecrets()).toEqual([])
    const text = readFileSync(project, "utf8")
    expect(text).toMatch(
      /^# mine\ntoken: secret:v1:k1:\S+ # me\n.*\n.*secret:v1:k1:\S+\n {4}port: 1\n$/,
    )
    const moved = await open(two)
    expect(await moved.rotateSecrets()).toHaveLength(2)
    expect(readFileSync(project, "utf8")).not.toContain(":k1:")
    expect(moved.value).toEqual({ token: "s3cret", servers: [{ token: "hunter2", port: 1 }] })
  })

  test("that are set while another program rotates them stay set", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const secrets = ["token", "other"]
    const open = (secretKeys: typeof one | typeof two) =>
      openConfig<Record<string, unknown>>({ project, secrets, secretKeys })
    const config = await open(two)
    await config.set("token", 0)
    let isDone = false
    const rotating = (async () => {
      for (let round = 0; !isDone; round++) {
        const current = round % 2 === 0 ? "k1" : "k2"
        await (await open({ ...two, current })).rotateSecrets()
      }
    })()
    const lost: unknown[] = []
    for (let n = 1; n <= 30; n++) {
      await config.set("token", n)
      await config.set("other", n)
      const { token } = (await open(two)).value
      if (token !== n) lost.push({ token, n })
    }
    isDone = true
    await rotating
    expect(lost).toEqual([])
  })

  test("keep the rest of a secret object when one value in it changes", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const options = { project, secrets: ["db"], secretKeys: one }
    const config = await openConfig<{ db: Record<string, string> }>(options)
    await config.set("db", { user: "annabella", password: "old" })
    await config.set("db.password", "renewed-one")
    expect(config.value).toEqual({ db: { user: "annabella", password: "renewed-one" } })
    await config.delete("db.user")
    expect((await openConfig(options)).value).toEqual({ db: { password: "renewed-one" } })
    expect(readFileSync(project, "utf8")).not.toMatch(/annabella|renewed|password/)
  })

  test("that were set inside one that somebody wrote by hand come back from the rotation", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(project, "db:\n  user: ann\n  password: old\n")
    const options = { project, secrets: ["db"] }
    const config = await openConfig<Record<string, unknown>>({ ...options, secretKeys: one })
    await config.set("db.password", "new")
    const newer = await openConfig({ ...options, secretKeys: two })
    expect(await newer.rotateSecrets()).toEqual(["db"])
    const value = { db: { user: "ann", password: "new" } }
    expect(newer.value).toEqual(value)
    expect((await openConfig({ ...options, secretKeys: two })).value).toEqual(value)
  })

  test("that are lists or single values stay when something inside is set or deleted", async () => {
    const project = join(temporaryDirectory(), "app.json")
    const options = { project, secrets: ["tokens", "pin"], secretKeys: one }
    const config = await openConfig<Record<string, unknown>>(options)
    await config.set("tokens", ["a", "b", { c: 1 }])
    await config.set("pin", "1234")
    await config.set("tokens.1", "x")
    await config.set("tokens.2.c", 2)
    const before = readFileSync(project, "utf8")
    for (const nothing of ["pin.digit", "tokens.5", "tokens.0.a"]) await config.delete(nothing)
    expect(readFileSync(project, "utf8")).toBe(before)
    await config.delete("tokens.0")
    const value = { tokens: ["x", { c: 2 }], pin: "1234" }
    expect(config.value).toEqual(value)
    expect((await openConfig(options)).value).toEqual(value)
  })

  test("in an object or list that is set as a whole are encrypted one by one, and hide the file", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    writeFileSync(project, "# mine\nport: 1\n", { mode: 0o644 })
    const options = { project, secrets: ["db.password", "servers.1.token"], secretKeys: one }
    const config = await openConfig<Record<string, unknown>>(options)
    const db = { user: "ann", password: "hunter2", none: undefined }
    const servers = [{ token: "open" }, { token: "s3cret", port: 2 }]
    await config.set("db", db)
    expect(statSync(project).mode & 0o777).toBe(0o600)
    await config.set("servers", servers)
    const text = readFileSync(project, "utf8")
    expect(text).not.toMatch(/hunter2|s3cret/)
    expect(text).toMatch(/user: ann\n/)
    expect(text).toMatch(/token: open\n/)
    const again = await openConfig<Record<string, unknown>>(options)
    expect(again.value).toEqual({ port: 1, db: { user: "ann", password: "hunter2" }, servers })
    expect(await again.rotateSecrets()).toEqual([])
  })

  test("move with the items of their list when one before them is deleted", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    const text =
      "servers:\n  - token: a # first\n  - token: b # second\n  - token: c\n    port: 3 # third\n"
    writeFileSync(project, text)
    const secrets = [0, 1, 2].map((index) => `servers.${index}.token`)
    const options = { project, secrets, secretKeys: one }
    const config = await openConfig<Record<string, unknown>>(options)
    await config.rotateSecrets()
    const fewer = await openConfig<Record<string, unknown>>({ ...options, secrets: [] })
    await fewer.delete("servers.1")
    const value = { servers: [{ token: "a" }, { token: "c", port: 3 }] }
    expect((await openConfig(options)).value).toEqual(value)
    const now = readFileSync(project, "utf8")
    expect(now).not.toMatch(/token: [abc]\b/)
    expect(now).toMatch(/# first\n.*\n {4}port: 3 # third\n$/)
  })
})
