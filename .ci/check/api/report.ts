import { DeclarationFile, type Origin } from "./declarations.ts"

/**
 * What a package promises in types: every name that its entry points export, with its declaration,
 * and behind them the declarations of its own that these refer to. Text that people review.
 */
export function apiReport(name: string, entries: Readonly<Record<string, string>>): string {
  const files = new Map<string, DeclarationFile>()
  const fileAt = (path: string) => {
    if (!files.has(path)) files.set(path, new DeclarationFile(path))
    return files.get(path)!
  }
  const shown = new Map<string, string>()
  const reached: Origin[] = []
  const lines = [
    `What ${name} exports. Written by \`pnpm check --record\`; a change here is a change for users.`,
  ]
  for (const [entry, path] of Object.entries(entries)) {
    lines.push("", `## ${entry === "." ? name : `${name}/${entry.slice(2)}`}`, "")
    for (const [exported, origin] of [...fileAt(path).exported].sort(byName)) {
      const source = resolve(origin, fileAt)
      if (!source.file.endsWith(".d.ts")) lines.push(`${exported}: of ${source.file}`)
      else {
        lines.push(...indented(exported, source, fileAt, shown))
        reached.push(source)
      }
    }
  }
  const behind = referred(reached, fileAt).filter((one) => !shown.has(keyOf(one)))
  if (behind.length > 0) lines.push("", "## Behind these", "")
  for (const one of behind.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    lines.push(...indented(one.name, one, fileAt, shown))
  }
  return `${lines.join("\n")}\n`
}

type Files = (path: string) => DeclarationFile

/** Follows re-exports and imports to where a name is declared. */
function resolve(origin: Origin, fileAt: Files): Origin {
  let at = origin
  while (at.file.endsWith(".d.ts")) {
    const file = fileAt(at.file)
    if (file.declared.has(at.name)) return at
    const next = file.imported.get(at.name) ?? file.exported.get(at.name)
    if (next === undefined || (next.file === at.file && next.name === at.name)) return at
    at = next
  }
  return at
}

/** Declarations of ours that are named in the ones given, or in those. */
function referred(from: readonly Origin[], fileAt: Files): Origin[] {
  const seen = new Map<string, Origin>()
  const waiting = [...from]
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (seen.has(keyOf(one)) || !one.file.endsWith(".d.ts")) continue
    seen.set(keyOf(one), one)
    const file = fileAt(one.file)
    const used = (origin: Origin, word: string, text: string) =>
      membersOf(origin, word, text).map((member) => resolve(member, fileAt))
    for (const text of file.declared.get(one.name) ?? []) {
      for (const [word] of text.matchAll(/\b[A-Za-z_$][\w$]*\b/g)) {
        if (file.declared.has(word)) waiting.push({ file: one.file, name: word })
        else if (file.imported.has(word))
          waiting.push(...used(file.imported.get(word)!, word, text))
      }
    }
  }
  return [...seen.values()]
}

/** The name itself, or of a namespace, `import * as word`, the names that the text takes from it. */
function membersOf(origin: Origin, word: string, text: string): Origin[] {
  if (origin.name !== "*") return [origin]
  const members = text.matchAll(new RegExp(`\\b${word.replaceAll("$", "\\$")}\\.(\\w+)`, "g"))
  return [...members].map(([, name]) => ({ file: origin.file, name: name! }))
}

function indented(
  label: string,
  origin: Origin,
  fileAt: Files,
  shown: Map<string, string>,
): string[] {
  const before = shown.get(keyOf(origin))
  if (before !== undefined) return [`${label}: as ${before}`]
  shown.set(keyOf(origin), label)
  const texts = fileAt(origin.file).declared.get(origin.name)
  if (texts === undefined) return [`${label}: declared nowhere`]
  const as = label === origin.name ? "" : ` (${origin.name})`
  return [
    `${label}${as}`,
    ...texts.flatMap((text) => text.split("\n")).map((line) => `    ${line}`),
  ]
}

const keyOf = ({ file, name }: Origin) => `${file} ${name}`
const byName = ([a]: readonly [string, Origin], [b]: readonly [string, Origin]) => (a < b ? -1 : 1)
