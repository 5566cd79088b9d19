import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"

const packages = join(import.meta.dirname, "../../../packages")

/** One module that users import. */
export interface EntryPoint {
  /** As in an import: `@persist/cache/core`. */
  readonly specifier: string
  /** Its exports, sorted by name, without those that an entry point before it described. */
  readonly symbols: readonly ts.Symbol[]
}

export interface DescribedPackage {
  /** Without the scope. */
  readonly name: string
  readonly description: string
  readonly entryPoints: readonly EntryPoint[]
}

/** The packages as their declarations in `dist` describe them; the facade only adds its own. */
export class Library {
  readonly checker: ts.TypeChecker
  readonly packages: readonly DescribedPackage[]
  /** Where each exported symbol is described. */
  readonly #places = new Map<ts.Symbol, string>()

  constructor() {
    const manifests = namesOfPackages().map((name) => ({ ...readManifest(name), name }))
    const entries = manifests.flatMap(({ name, exports }) => entriesOf(name, exports))
    const program = ts.createProgram({
      rootNames: entries.map(({ file }) => file),
      options: {
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2024,
        strict: true,
        skipLibCheck: true,
        types: [],
        allowImportingTsExtensions: true,
        noEmit: true,
      },
    })
    this.checker = program.getTypeChecker()
    this.packages = manifests.map(({ name, description }) => ({
      name,
      description,
      entryPoints: entries
        .filter((entry) => entry.name === name)
        .map(({ specifier, file }) => ({
          specifier,
          symbols: this.#describe(name, program.getSourceFile(file)),
        }))
        .filter(({ symbols }) => symbols.length > 0),
    }))
  }

  /** Address of what describes a symbol, `undefined` for what no package exports. */
  placeOf(symbol: ts.Symbol | undefined): string | undefined {
    return symbol && this.#places.get(this.original(symbol))
  }

  #describe(name: string, file: ts.SourceFile | undefined): ts.Symbol[] {
    const module = file && this.checker.getSymbolAtLocation(file)
    if (!module) throw new Error(`@persist/${name} is not built; run pnpm build first.`)
    return this.checker
      .getExportsOfModule(module)
      .map((symbol) => this.original(symbol))
      .filter((symbol) => !this.#places.has(symbol))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((symbol) => {
        this.#places.set(symbol, this.#newPlace(`/reference/${name}#${anchorOf(symbol.name)}`))
        return symbol
      })
  }

  /** Anchors do not tell `Lock` from `lock`, so the second gets a number. */
  #newPlace(address: string): string {
    const isTaken = [...this.#places.values()].includes(address)
    return isTaken ? `${address}-2` : address
  }

  /** What an import or an export stands for. */
  original(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol
  }
}

export function anchorOf(...names: readonly string[]): string {
  return names
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z\d_]+/g, "-")
}

/** From the floor up, so that what is exported again further up is described where it comes from. */
function namesOfPackages(): string[] {
  const floors = [
    "atomic",
    "core",
    "serializers",
    "file",
    "db",
    "redis",
    "cache",
    "managers",
    "all",
  ]
  const present = readdirSync(packages)
  const unknown = present.filter((name) => !floors.includes(name))
  if (unknown.length > 0) throw new Error(`The reference does not know ${unknown.join(", ")}.`)
  return floors.filter((name) => present.includes(name))
}

interface Manifest {
  readonly description: string
  readonly exports: Readonly<Record<string, { readonly types: string } | string>>
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"))
}

function entriesOf(name: string, exports: Manifest["exports"]) {
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === "string") return []
    const specifier = `@persist/${name}${path.slice(1)}`
    return [{ name, specifier, file: join(packages, name, target.types) }]
  })
}
