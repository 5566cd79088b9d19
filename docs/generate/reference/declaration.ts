import ts from "typescript"

const printer = ts.createPrinter({ removeComments: true })

/** A declaration as TypeScript, without comments, namespaces and what only a `.d.ts` file says. */
export function sourceOf(node: ts.Node): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replace(/^(export |declare |default )+/, "")
    .replaceAll(/^ {4,}/gm, (indent) => " ".repeat(indent.length / 2))
    .replaceAll(/\b[a-z]\.(?=[A-Z])/g, "")
    .replace(/;$/, "")
}

/** The type of a member as its declaration writes it. */
export function typeOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const [declaration] = symbol.declarations ?? []
  if (declaration && isTyped(declaration) && declaration.type) {
    return sourceOf(declaration.type)
      .replace(/ \| undefined$/, "")
      .replaceAll(/\s+/g, " ")
  }
  return checker.typeToString(checker.getTypeOfSymbol(symbol)).replaceAll(/\b[a-z]\.(?=[A-Z])/g, "")
}

type Typed =
  | ts.PropertySignature
  | ts.PropertyDeclaration
  | ts.GetAccessorDeclaration
  | ts.VariableDeclaration

function isTyped(node: ts.Node): node is Typed {
  return (
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isVariableDeclaration(node)
  )
}

/** Whether a member is called rather than read. */
export function isMethod(symbol: ts.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Method) !== 0
}

/** Whether only code inside the class, or inside a class that extends it, meets a member. */
export function isHidden(symbol: ts.Symbol, flag: ts.ModifierFlags): boolean {
  return (symbol.declarations ?? []).every(
    (node) =>
      (ts.getCombinedModifierFlags(node as ts.Declaration) & flag) !== 0 ||
      (ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name)),
  )
}

export function isForeign(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).every((node) =>
    /node_modules|[\\/]lib\.[\w.]+\.d\.ts$/.test(node.getSourceFile().fileName),
  )
}
