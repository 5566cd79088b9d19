import { parseArgs } from "node:util"
import type { Config } from "@persist/managers/config"
import { openSettings, type Settings } from "./settings.ts"

const usage = `cli-config show | get <path> | set <path> <json> | unset <path> | explain <path> | watch
  --port <number>   wins over everything`

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: "string" } },
  })
  const port = values.port === undefined ? {} : { server: { port: Number(values.port) } }
  await run(await openSettings(port), positionals)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(
  config: Config<Settings>,
  [command, path = "", text = ""]: readonly string[],
): Promise<void> {
  const typed = path as "server.port"
  if (command === "show") console.log(JSON.stringify(config.value, undefined, 2))
  else if (command === "get") console.log(config.get(typed))
  else if (command === "set") await config.set(typed, parse(text))
  else if (command === "unset") await config.delete(typed)
  else if (command === "explain") console.log(config.explain(typed) ?? "not set")
  else if (command === "watch") {
    console.log("watching")
    for await (const event of config.watch()) {
      if (event.type === "error") console.log(`kept the last good one: ${event.error.message}`)
      else for (const { path, after } of event.changes) console.log(`${path} is now ${after}`)
    }
  } else console.log(usage)
}

/** The value on the command line: JSON, so that `8080` is a number and `'"8080"'` is text. */
function parse(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${text || "Nothing"} is no JSON; text goes in quotes: '"${text}"'`)
  }
}
