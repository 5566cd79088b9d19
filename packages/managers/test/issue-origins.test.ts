import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { z } from "zod"
import { openConfig, openConfigSync } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const schema = z.object({
  server: z.object({ port: z.number(), host: z.string() }),
  debug: z.number(),
  level: z.enum(["low"]),
  key: z.string().max(3),
})

test.each([
  ["json", '{\n  "server": {\n    "port": "x"\n  },\n  "key": "s3cret"\n}', [3, 5], [2, 3], [5, 3]],
  ["yaml", "server:\r\n  port: x\r\nkey: s3cret\r\n", [2, 3], [1, 1], [3, 1]],
  ["toml", 'key = "s3cret"\n[server]\nport = "x"\n', [3, 1], [2, 1], [1, 1]],
] as const)(
  "%s: what is wrong comes with the layer, file, line and column that it comes from",
  async (ext, text, ...places) => {
    const file = join(temporaryDirectory(), `app.${ext}`)
    writeFileSync(file, text)
    const [port, server, key] = places.map(([line, column]) => {
      return { layer: "project", file, line, column }
    })
    const options = {
      ...{ schema, project: file, defaults: { level: "high" }, secrets: ["key"] },
      environment: { prefix: "A_", source: { A_DEBUG: "a" }, types: { debug: "string" } },
    } as const
    const issues = [
      { path: ["server", "port"], message: expect.any(String), origin: port },
      { path: ["server", "host"], message: expect.any(String), origin: server },
      ...[
        {
          path: ["debug"],
          message: expect.any(String),
          origin: { layer: "environment", variable: "A_DEBUG" },
        },
        { path: ["level"], message: expect.any(String), origin: { layer: "defaults" } },
        { path: ["key"], message: "is not valid; its value is a secret", origin: key },
      ],
    ]
    const refused = { code: "ERR_PERSIST_VALIDATION", details: { issues } }
    await expect(openConfig(options)).rejects.toMatchObject(refused)
    expect(() => openConfigSync(options)).toThrow(expect.objectContaining(refused))
    const { details } = await openConfig({ schema, project: file }).catch((error) => error)
    // Nothing has it, and nothing is around it.
    expect(
      details.issues.find(({ path }: { path: string[] }) => path[0] === "level"),
    ).not.toHaveProperty("origin")
  },
)
