import ts from "typescript"
import { type Comment, cell, commentOf } from "./comment.ts"
import { isForeign, isHidden, isMethod, sourceOf, typeOf } from "./declaration.ts"
import { anchorOf, type Library } from "./library.ts"

/** What the reference says of one exported symbol. */
export function describe(symbol: ts.Symbol, library: Library): string {
  const declarations = symbol.declarations ?? []
  const shaped = declarations.find(isShape)
  const parts = [`## ${symbol.name} {#${library.placeOf(symbol)!.split("#")[1]}}`]
  if (shaped) {
    parts.push(...prose(commentOf(symbol, library.checker)))
    parts.push(...describeShape(symbol, shaped, library))
  } else {
    parts.push(code(declarations.map(statementOf).join("\n")))
    parts.push(...prose(commentOf(symbol, library.checker)))
  }
  const bases = shaped ? exportedBases(shaped, library) : []
  const mentioned = mentions([...declarations, ...bases], library, symbol)
  if (mentioned.length > 0) parts.push(`See also ${mentioned.join(", ")}.`)
  return parts.join("\n\n")
}

type Shape = ts.ClassDeclaration | ts.InterfaceDeclaration

function describeShape(symbol: ts.Symbol, shape: Shape, library: Library): string[] {
  const { checker } = library
  // What a class offers to those who extend it is part of the contract only where it is one.
  const isContract = ts.getCombinedModifierFlags(shape) & ts.ModifierFlags.Abstract
  const hidden = ts.ModifierFlags.Private | (isContract ? 0 : ts.ModifierFlags.Protected)
  const members = checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter((member) => isDescribedHere(symbol, member, library))
    .filter((member) => !isForeign(member) && !isHidden(member, hidden))
  const statics = ts.isClassDeclaration(shape) ? [...(symbol.exports?.values() ?? [])] : []
  const head = [headOf(symbol, shape, library), ...constructorsOf(symbol, shape, library)].join(
    "\n",
  )
  return [
    // The heading and the table say the same already.
    ...(head === `interface ${symbol.name}` ? [] : [code(head)]),
    ...table(
      members.filter((member) => !isMethod(member)),
      checker,
    ),
    ...[...statics, ...members]
      .filter((member) => isMethod(member))
      .flatMap((member) => describeMethod(symbol, member, checker)),
  ]
}

/** Whether no other exported class or interface declares a member. */
function isDescribedHere(owner: ts.Symbol, member: ts.Symbol, library: Library): boolean {
  return (member.declarations ?? []).some((node) => {
    const parent = (node.parent as { readonly symbol?: ts.Symbol }).symbol
    return parent === owner || library.placeOf(parent) === undefined
  })
}

function headOf(symbol: ts.Symbol, shape: Shape, library: Library): string {
  const isAbstract = ts.getCombinedModifierFlags(shape) & ts.ModifierFlags.Abstract
  const kind = `${isAbstract ? "abstract " : ""}${ts.isClassDeclaration(shape) ? "class" : "interface"}`
  const parameters = shape.typeParameters?.map(sourceOf).join(", ")
  const bases = exportedBases(shape, library).map(sourceOf).join(", ")
  const named = `${kind} ${symbol.name}${parameters ? `<${parameters}>` : ""}`
  return bases ? `${named} extends ${bases}` : named
}

/** What a class or interface extends, past what no package exports. */
function exportedBases(shape: Shape, library: Library): ts.ExpressionWithTypeArguments[] {
  return (shape.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types)
    .flatMap((base) => {
      const imported = at(base.expression, library.checker)
      const symbol = imported && library.original(imported)
      const inner = symbol?.declarations?.find(isShape)
      if (!inner || library.placeOf(symbol) || isForeign(symbol!)) return [base]
      return exportedBases(inner, library)
    })
}

function isShape(node: ts.Node): node is Shape {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
}

/** The constructors of a class, or those that it inherits. */
function constructorDeclarations(shape: Shape, library: Library): ts.ConstructorDeclaration[] {
  if (!ts.isClassDeclaration(shape)) return []
  const own = shape.members.filter(ts.isConstructorDeclaration)
  const [base] = shape.heritageClauses?.flatMap(({ types }) => types) ?? []
  if (own.length > 0 || !base) return own
  const symbol = at(base.expression, library.checker)
  const inherited = symbol && library.original(symbol).declarations?.find(ts.isClassDeclaration)
  return inherited ? constructorDeclarations(inherited, library) : []
}

/** What takes things that no package exports is not for users to construct. */
function constructorsOf(symbol: ts.Symbol, shape: Shape, library: Library): string[] {
  return constructorDeclarations(shape, library)
    .filter((node) => node.parameters.every(({ type }) => !type || isPublic(type, library)))
    .map((node) => sourceOf(node).replace(/^constructor/, `new ${symbol.name}`))
}

function describeMethod(owner: ts.Symbol, method: ts.Symbol, checker: ts.TypeChecker): string[] {
  const name = method.name.replace(/^__@(\w+)@.*/, "[Symbol.$1]")
  const signatures = (method.declarations ?? []).map(sourceOf)
  return [
    `### ${name} {#${anchorOf(owner.name, name)}}`,
    code([...new Set(signatures)].join("\n")),
    ...prose(commentOf(method, checker)),
  ]
}

function table(members: readonly ts.Symbol[], checker: ts.TypeChecker): string[] {
  if (members.length === 0) return []
  const comments = members.map((member) => commentOf(member, checker))
  const hasDefaults = comments.some(({ byDefault }) => byDefault !== "")
  const rows = members.map((member, index) => {
    const { text, byDefault } = comments[index]!
    const optional = member.flags & ts.SymbolFlags.Optional ? "?" : ""
    const cells = [`\`${member.name}${optional}\``, `\`${cell(typeOf(member, checker))}\``]
    if (hasDefaults) cells.push(defaultOf(byDefault))
    return `| ${[...cells, cell(text)].join(" | ")} |`
  })
  const titles = hasDefaults ? ["", "type", "default", ""] : ["", "type", ""]
  return [[`| ${titles.join(" | ")} |`, `|${"---|".repeat(titles.length)}`, ...rows].join("\n")]
}

function defaultOf(text: string): string {
  const [value = "", ...remarks] = text.split(": ")
  if (value === "") return ""
  const isCode = /^(["'[{\d-]|true$|false$|undefined$|new |Infinity$|[\w.]+\(?\)?$)/.test(value)
  const shown = isCode && !value.includes("`") ? `\`${value}\`` : value
  return cell([shown, ...remarks].join(": "))
}

function prose({ text, throws }: Comment): string[] {
  return [text, ...throws.map((what) => `**Throws** ${what}`)].filter((part) => part !== "")
}

function statementOf(node: ts.Node): string {
  return sourceOf(ts.isVariableDeclaration(node) ? node.parent.parent : node)
}

function isPublic(type: ts.Node, library: Library): boolean {
  if (ts.isTypeReferenceNode(type)) {
    const name = ts.isQualifiedName(type.typeName) ? type.typeName.right : type.typeName
    const symbol = at(name, library.checker)
    const original = symbol && library.original(symbol)
    const isParameter = original && (original.flags & ts.SymbolFlags.TypeParameter) !== 0
    if (original && !isParameter && !library.placeOf(original) && !isForeign(original)) return false
  }
  return !ts.forEachChild(type, (child) => (isPublic(child, library) ? undefined : true))
}

/** Links to the exported types that a declaration names. */
function mentions(nodes: readonly ts.Node[], library: Library, self: ts.Symbol): string[] {
  const found = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const symbol = at(node, library.checker)
      const place = library.placeOf(symbol)
      if (place && node.text !== self.name) found.set(node.text, place)
    }
    ts.forEachChild(node, visit)
  }
  nodes.forEach(visit)
  return [...found].sort().map(([name, place]) => `[\`${name}\`](${place})`)
}

function at(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  return checker.getSymbolAtLocation(node)
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``
}
