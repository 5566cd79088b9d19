import { cp, readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Gate, GateFailure } from "../gate.ts"
import { type Manifest, packagesIn, root } from "../workspace.ts"
import { Project } from "./project.ts"

/** How each example is tried: what it is given, and what it must then print. */
const trials: Readonly<
  Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>
> = {
  "agent-checkpoints": { args: ["data", "3"], prints: /step 3/ },
  "cli-config": { args: ["show"], prints: /port/ },
  "custom-backend": { args: [], prints: /none lost/ },
  "custom-manager": { args: [], prints: /visits: 4/ },
  "custom-serializer": { args: [], prints: /Mercury/ },
  // Told to end as soon as it listens.
  "http-service": { args: [], prints: /^http:\/\/localhost:\d+\n$/ },
  quickstart: { args: [join(root, "pnpm-lock.yaml")], prints: /whole/ },
}

/** Each example, taken out of the repository and installed from the registry, does what it says. */
export function examplesAlone(url: string): Gate {
  return {
    name: "examples, installed alone",
    async run() {
      const examples = packagesIn(join(root, "examples"))
      const failures: string[] = []
      for (const { directory, manifest } of examples) {
        const name = manifest.name.replace("persist-example-", "")
        // It has no program; the suite that it runs has a gate of its own.
        if (name === "third-party-conformance") continue
        const failure = await tryAlone(name, directory, manifest, url)
        if (failure !== undefined) failures.push(`${name}: ${failure}`)
      }
      if (failures.length > 0) throw new GateFailure(`${failures.length} do not work`, failures)
      return `${Object.keys(trials).length} examples`
    },
  }
}

async function tryAlone(
  name: string,
  directory: string,
  manifest: Manifest,
  url: string,
): Promise<string | undefined> {
  const trial = trials[name]
  if (trial === undefined) return "says nowhere how it is tried"
  const dependencies = Object.entries(manifest.dependencies ?? {})
  const wanted = dependencies.map(([dependency, range]) =>
    range.startsWith("workspace:") ? dependency : `${dependency}@${range}`,
  )
  const [first, ...others] = wanted
  await using project = await Project.install(first!, "npm", url, others)
  await cp(join(directory, "src"), join(project.directory, "src"), { recursive: true })
  await project.write("end.mjs", endWhenListening)
  const ending = name === "http-service" ? ["--import", "./end.mjs"] : []
  const { status, output } = await project.run(process.execPath, [
    ...ending,
    "src/main.ts",
    ...trial.args,
  ])
  if (status !== 0) return `ends with ${status}\n${output}`
  if (!trial.prints.test(output)) return `prints something else\n${output}`
  const scripts = JSON.parse(await readFile(join(directory, "package.json"), "utf8")).scripts
  return scripts.start === "node src/main.ts" ? undefined : "its start script is another"
}

const endWhenListening = `
import { Server } from "node:net"
process.env.PORT = "0"
const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  this.once("listening", () => setTimeout(() => process.kill(process.pid, "SIGTERM"), 100))
  return listen.apply(this, args)
}
`
