import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { missingRedis, startRedis } from "../../../packages/redis/test/support/redis-process.ts"
import type { Project } from "../installed/project.ts"
import type { DocumentedProgram } from "./programs.ts"
import { remarksIn, unprinted } from "./remarks.ts"

/** The address that pages show; a program with it runs against a server of its own. */
const shownAddress = "redis://127.0.0.1:6379"

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
  const needsRedis = one.source.includes(shownAddress)
  if (needsRedis && missingRedis) {
    return { kind: "no server", reason: `${one.where} cannot be run: ${missingRedis}` }
  }
  await using redis = needsRedis ? await startRedis() : undefined
  if (redis) {
    const main = await readFile(join(project.directory, name, "main.js"), "utf8")
    await project.write(`${name}/main.js`, main.replaceAll(shownAddress, redis.url))
  }
  const { status, output } = await project.run(process.execPath, ["../main.js"], directory)
  if (status !== 0) return { kind: "failed", reason: `${one.where}\n${output}` }
  const missing = unprinted(remarksIn(one.source), output)
  const isShown = one.prints === undefined || one.prints.trim() === output.trim()
  if (isShown && missing.length === 0) return { kind: "ran" }
  const shown = missing.length > 0 ? `the remarks ${missing.join(" and ")}` : "what the page shows"
  return { kind: "failed", reason: `${one.where} does not print ${shown}, but\n${output}` }
}
