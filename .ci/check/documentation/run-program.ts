import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Project } from "../installed/project.ts"
import { PrivateRedis, shownAddress } from "./private-redis.ts"
import type { DocumentedProgram } from "./programs.ts"

/** What came of running a program: `"ran"`, why it could not be run here, or what is wrong. */
export type Outcome =
  | { readonly kind: "ran" | "not meant to run" }
  | { readonly kind: "no server" | "failed"; readonly reason: string }

/** Runs the compiled program in folder `name` of the project, and compares what it prints with what the page shows. */
export async function runProgram(
  project: Project,
  name: string,
  one: DocumentedProgram,
): Promise<Outcome> {
  if (!one.runs) return { kind: "not meant to run" }
  const directory = join(project.directory, name, "runs")
  await using redis = one.source.includes(shownAddress) ? await PrivateRedis.start() : undefined
  if (redis) {
    const main = await readFile(join(project.directory, name, "main.js"), "utf8")
    await project.write(`${name}/main.js`, main.replaceAll(shownAddress, redis.url))
  } else if (one.source.includes(shownAddress)) {
    return { kind: "no server", reason: `${one.where} needs redis-server` }
  }
  const { status, output } = await project.run(process.execPath, ["../main.js"], directory)
  if (status !== 0) return { kind: "failed", reason: `${one.where}\n${output}` }
  if (one.prints === undefined || one.prints.trim() === output.trim()) return { kind: "ran" }
  const reason = `${one.where} does not print what the page shows, but\n${output}`
  return { kind: "failed", reason }
}
