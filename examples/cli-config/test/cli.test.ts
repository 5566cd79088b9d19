import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect, onTestFinished, test } from "vitest"

const program = join(import.meta.dirname, "../src/main.ts")
const project = `# the project's own
[server]
port = 3000 # agreed with the others
`

function folder(): { directory: string; environment: NodeJS.ProcessEnv } {
  const directory = mkdtempSync(join(tmpdir(), "cli-config-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, "home/persist-cli-config"), { recursive: true })
  writeFileSync(join(directory, "home/persist-cli-config/config.yaml"), "logLevel: debug # mine\n")
  writeFileSync(join(directory, "cli-config.toml"), project)
  return { directory, environment: { ...process.env, XDG_CONFIG_HOME: join(directory, "home") } }
}

function cli(
  { directory, environment }: ReturnType<typeof folder>,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
) {
  const env = { ...environment, ...more }
  const options = { cwd: directory, env, encoding: "utf8" } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], options)
  return { out: stdout.trim(), error: stderr.trim(), status }
}

test("layers: user, project, environment, flags, each explained", () => {
  const here = folder()
  expect(JSON.parse(cli(here, ["show"]).out)).toEqual({
    server: { port: 3000, host: "localhost" },
    logLevel: process.platform === "linux" ? "debug" : "info",
    plugins: [],
  })
  expect(cli(here, ["get", "server.port"], { CLI_CONFIG_SERVER_PORT: "4000" }).out).toBe("4000")
  expect(
    cli(here, ["get", "server.port", "--port", "5000"], { CLI_CONFIG_SERVER_PORT: "1" }).out,
  ).toBe("5000")
  const explained = cli(here, ["explain", "server.port"], { CLI_CONFIG_SERVER_PORT: "4000" }).out
  expect(explained).toContain("CLI_CONFIG_SERVER_PORT")
  expect(explained).toMatch(/cli-config\.toml'?,\s+line: 3,\s+column: 1/)
  expect(cli(here, ["explain", "token"], { CLI_CONFIG_TOKEN: "s3cret" }).out).not.toContain(
    "s3cret",
  )
})

test("an edit keeps every other byte, and a wrong value changes nothing", () => {
  const here = folder()
  const path = join(here.directory, "cli-config.toml")
  expect(cli(here, ["set", "server.port", "3001"]).status).toBe(0)
  expect(readFileSync(path, "utf8")).toBe(project.replace("3000", "3001"))
  for (const [wrong, told] of [
    [["set", "server.prot", "3002"], "prot"],
    [["set", "server.host", "example.org"], "example.org is no JSON"],
  ] as const) {
    const { status, error } = cli(here, wrong)
    expect(status, error).toBe(1)
    expect(error).toContain(told)
  }
  const wrong = cli(here, ["set", "server.port", "99999"])
  expect(wrong.status).toBe(1)
  expect(wrong.error).toMatch(/server\.port.*cli-config\.toml:3:1/s)
  expect(readFileSync(path, "utf8")).toBe(project.replace("3000", "3001"))
  expect(cli(here, ["unset", "server.port"]).status).toBe(0)
  expect(cli(here, ["get", "server.port"]).out).toBe("8080")
  const env = cli(here, ["show"], { CLI_CONFIG_SERVER_PORT: "many" })
  expect(env.error).toContain("CLI_CONFIG_SERVER_PORT")
})

test("watches, and keeps the last good configuration", async () => {
  const here = folder()
  const path = join(here.directory, "cli-config.toml")
  const options = { cwd: here.directory, env: here.environment }
  const child = spawn(process.execPath, [program, "watch"], options)
  onTestFinished(() => {
    child.kill()
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string
  expect(await line()).toBe("watching")
  writeFileSync(path, project.replace("3000", "3002"))
  expect(await line()).toBe("server.port is now 3002")
  writeFileSync(path, "[server\n")
  expect(await line()).toContain("kept the last good one")
  writeFileSync(path, project.replace("3000", "3003"))
  expect(await line()).toBe("server.port is now 3003")
})
