import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseSync } from "oxc-parser"

/** One declaration file of ours: what it declares, imports and exports, by name. */
export class DeclarationFile {
  /** Source text without comments, of every declaration; overloads are several. */
  readonly declared: ReadonlyMap<string, readonly string[]>
  /** Where a name in the file, or one that it exports, comes from. */
  readonly imported: ReadonlyMap<string, Origin>
  readonly exported: ReadonlyMap<string, Origin>

  constructor(path: string) {
    const source = readFileSync(path, "utf8")
    const { program, comments, errors } = parseSync(path, source)
    if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
    const declared = new Map<string, string[]>()
    const imported = new Map<string, Origin>()
    const exported = new Map<string, Origin>()
    const declare = (node: Statement) => {
      const names = node.declarations?.map(({ id }) => id.name) ?? [node.id!.name!]
      const text = withoutComments(source, node, comments)
      for (const name of names) declared.set(name, [...(declared.get(name) ?? []), text])
      return names
    }
    for (const node of program.body as unknown as Statement[]) {
      const from = node.source && target(path, node.source.value)
      if (node.type === "ImportDeclaration") {
        for (const { local, imported: name } of node.specifiers ?? []) {
          imported.set(local!.name!, { file: from!, name: name?.name ?? "*" })
        }
      } else if (node.type === "ExportNamedDeclaration") {
        if (node.declaration) {
          for (const name of declare(node.declaration)) exported.set(name, { file: path, name })
        }
        for (const { local, exported: name } of node.specifiers ?? []) {
          exported.set(name!.name!, { file: from ?? path, name: local!.name! })
        }
      } else if (node.type === "ExportAllDeclaration") exported.set(`* ${from}`, all(from!))
      else if (node.id !== undefined || node.declarations !== undefined) declare(node)
    }
    this.declared = declared
    this.imported = imported
    this.exported = exported
  }
}

/** A name in a file of ours, or in another package, whose name then stands for the file. */
export interface Origin {
  readonly file: string
  readonly name: string
}

interface Identifier {
  readonly name?: string
}

interface Statement {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly id?: Identifier
  readonly declarations?: readonly { readonly id: { readonly name: string } }[]
  readonly declaration?: Statement
  readonly source?: { readonly value: string } | null
  readonly specifiers?: readonly {
    readonly local?: Identifier
    readonly imported?: Identifier
    readonly exported?: Identifier
  }[]
}

const all = (file: string): Origin => ({ file, name: "*" })

function target(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier
  return join(dirname(path), specifier).replace(/\.[tj]s$/, ".d.ts")
}

function withoutComments(
  source: string,
  { start, end }: Statement,
  comments: readonly { readonly start: number; readonly end: number }[],
): string {
  let text = ""
  let at = start
  for (const comment of comments) {
    if (comment.start < at || comment.end > end) continue
    text += source.slice(at, comment.start)
    at = comment.end
  }
  return (text + source.slice(at, end)).replaceAll(/[ \t]+$|\n\s*(?=\n)/gm, "").trim()
}
