import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { packagesIn, root } from "../workspace.ts"
import type { Block } from "./blocks.ts"
import { isOutput } from "./programs.ts"

/** What may stand unchecked, with its reason in the fence: nothing that is code of ours. */
const uncheckable = ["text", "sh", "yaml", "toml", "jsonc", "python", "md"]
/** What pnpm itself can do, and may be shown. */
const ofPnpm = ["install", "exec", "start", "test", "build", "changeset", "add"]

/** What is wrong with the blocks that are no programs: shell commands that do not exist, broken JSON, nameless languages. */
export function problemsOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) =>
    problemsOfOne(block).map((problem) => `${block.where} ${problem}`),
  )
}

function problemsOfOne(block: Block): string[] {
  const { language, info, source, where } = block
  if (language === "ts") return problemsOfFence(info)
  if (isOutput(block) || isDrawing(block)) return []
  if (/^unchecked: \S/.test(info)) {
    return uncheckable.includes(language) ? [] : [`is ${language}, which must be checked`]
  }
  if (language === "json") return problemsOfJson(source)
  if (language === "sh") return source.split("\n").flatMap((line) => problemsOfCommand(line, where))
  return [`is neither checked nor says why: \`\`\`${language} unchecked: <reason>`]
}

function isDrawing({ language, source }: Block): boolean {
  return language === "" && /[─│┌└]/.test(source)
}

function problemsOfFence(info: string): string[] {
  const isKnown = /^(no-run: \S.*|\[[\w. -]+\]|)$/.test(info)
  return isKnown ? [] : [`has "${info}" behind its language, which means nothing here`]
}

function problemsOfJson(source: string): string[] {
  try {
    JSON.parse(source)
    return []
  } catch (error) {
    return [`is no JSON: ${(error as Error).message}`]
  }
}

function problemsOfCommand(line: string, where: string): string[] {
  const command = line
    .replace(/\s*#.*$/, "")
    .replace(/^(\w+=\S+ )+/, "")
    .trim()
  if (command === "") return []
  const [, packages] = /^(?:npm install|pnpm add) (.*)$/.exec(command) ?? []
  if (packages !== undefined) return problemsOfInstall(packages.split(" "))
  const [, script] = /^(?:cd \S+ && )?(?:npx -y pnpm@12|pnpm) ([\w:-]+)/.exec(command) ?? []
  if (script !== undefined) {
    return knownScripts(where).includes(script) ? [] : [`calls pnpm ${script}, which is not there`]
  }
  return /^(node|mkdir|cd|npm init|npx -y pnpm@12$)/.test(command)
    ? []
    : [`has a command that nobody checks: ${command}`]
}

function problemsOfInstall(names: readonly string[]): string[] {
  const ours = packagesIn().map(({ manifest }) => manifest.name)
  return names
    .filter((name) => name.startsWith("@persist/") && !ours.includes(name))
    .map((name) => `installs ${name}, which is not a package here`)
}

function knownScripts(where: string): string[] {
  const beside = join(root, dirname(where), "package.json")
  return [...ofPnpm, ...scriptsOf(join(root, "package.json")), ...scriptsOf(beside)]
}

function scriptsOf(manifest: string): string[] {
  try {
    return Object.keys(JSON.parse(readFileSync(manifest, "utf8")).scripts ?? {})
  } catch {
    return []
  }
}
