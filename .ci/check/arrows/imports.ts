import { readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join, relative, sep } from "node:path"
import { parseSync } from "oxc-parser"
import { filesIn } from "../workspace.ts"

export interface Import {
  /** Name of the package, without its subpath. */
  readonly packageName: string
  /** File and line, for the message. */
  readonly where: string
}

/**
 * Every package that the sources in a folder import, re-export or load, types included; and every path that leads
 * out of the package that the folder stands in, which an arrow could hide behind.
 */
export function importsOf(folder: string): Import[] {
  return filesIn(folder, [".ts", ".mts", ".js", ".mjs"]).flatMap((path) => {
    const source = readFileSync(path, "utf8")
    const specifiers = specifiersOf(path, source)
    const leaving = specifiers
      .filter(({ specifier }) => specifier.startsWith("."))
      .filter(({ specifier }) => isOutside(join(folder, ".."), join(path, "..", specifier)))
      .map(({ specifier, at }) => ({ packageName: specifier, at }))
    return [...packagesAmong(specifiers), ...leaving].map(({ packageName, at }) => ({
      packageName,
      where: `${relative(folder, path)}:${source.slice(0, at).split("\n").length}`,
    }))
  })
}

function isOutside(folder: string, path: string): boolean {
  return relative(folder, path).split(sep)[0] === ".."
}

/** Every package that one source imports, and where in the text. */
export function importsIn(path: string, source: string): { packageName: string; at: number }[] {
  return packagesAmong(specifiersOf(path, source))
}

function packagesAmong(specifiers: readonly Specifier[]): { packageName: string; at: number }[] {
  return specifiers
    .filter(({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier))
    .map(({ specifier, at }) => ({ packageName: packageNameOf(specifier), at }))
}

interface Specifier {
  readonly specifier: string
  readonly at: number
}

function specifiersOf(path: string, source: string): Specifier[] {
  const { module, program, comments, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest)),
  ]
    .filter((request) => request !== null)
    .map(({ value, start }) => ({ specifier: value, at: start }))
    .concat(module.dynamicImports.flatMap(({ moduleRequest }) => literal(source, moduleRequest)))
    .concat(loadedByRequire(source), namedInTypes(program), comments.flatMap(referenced))
}

interface Named {
  readonly value: string
  readonly start: number
}

/** Which member of a node of the syntax tree names a module: `import("x").Y`, `declare module "x"`. */
const naming: Readonly<Record<string, string>> = {
  TSImportType: "source",
  TSModuleDeclaration: "id",
}

/** What types import, or add to, where they stand. */
function namedInTypes(node: unknown): Specifier[] {
  if (typeof node !== "object" || node === null) return []
  const { type = "", ...members } = node as { type?: string } & Record<string, Named | undefined>
  const within = Object.values(node).flatMap(namedInTypes)
  const named = members[naming[type] ?? ""]
  if (typeof named?.value !== "string") return within
  return [{ specifier: named.value, at: named.start }, ...within]
}

/** What a comment such as `/// <reference types="x" />` brings in. */
function referenced({ value, start }: Named): Specifier[] {
  const match = /^\/\s*<reference\s[^>]*\btypes\s*=\s*["']([^"']+)["']/.exec(value)
  return match === null ? [] : [{ specifier: match[1]!, at: start }]
}

/** The text of a dynamic import's argument; one that is computed could hide an arrow, so it counts as one. */
function literal(source: string, { start, end }: { start: number; end: number }): Specifier[] {
  const text = source.slice(start, end)
  const quoted = /^(["'`])([^"'`$]+)\1$/.exec(text)
  return [{ specifier: quoted?.[2] ?? `computed:${text}`, at: start }]
}

function loadedByRequire(source: string): Specifier[] {
  return [
    ...source.matchAll(
      /(?<![#.\w])(?:require|createRequire\([^()]*\)|import\.meta\.resolve)\(\s*["']([^"']+)["']/g,
    ),
  ].map((match) => ({ specifier: match[1]!, at: match.index }))
}

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
}
