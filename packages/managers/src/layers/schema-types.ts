import { isPlainObject, type PlainObject } from "../plain-object.ts"
import type { StandardSchema } from "../schema/standard-schema.ts"
import type { EnvironmentType, VariableTypes } from "./environment-layer.ts"

/**
 * The types of all leaves of a schema by dotted path, where the schema can tell (the Standard JSON
 * Schema extension, as in zod 4); else none.
 */
export function schemaTypes(schema: StandardSchema | undefined): Record<string, VariableTypes> {
  const types: Record<string, VariableTypes> = {}
  try {
    const root = jsonSchema(schema)
    if (isPlainObject(root)) new Collector(root, types).collect(root, "", [])
  } catch {
    // A schema that has no JSON Schema form says nothing.
  }
  return types
}

/** The types of the values in `defaults`, for what a schema does not say. */
export function defaultTypes(defaults: unknown, path = ""): Record<string, EnvironmentType> {
  if (isPlainObject(defaults) && (path === "" || Object.keys(defaults).length > 0)) {
    const inner = Object.entries(defaults)
      .filter(([name]) => hasPath(name))
      .map(([name, value]) => defaultTypes(value, path === "" ? name : `${path}.${name}`))
    return Object.assign({}, ...inner)
  }
  const type = typeof defaults
  if (type === "string" || type === "number" || type === "boolean") return { [path]: type }
  if (Array.isArray(defaults)) {
    return { [path]: defaults.every((item) => typeof item === "string") ? "list" : "json" }
  }
  return isPlainObject(defaults) ? { [path]: "json" } : {}
}

/** With a dot in it a name would be two. */
function hasPath(name: string): boolean {
  return !name.includes(".")
}

function jsonSchema(schema: StandardSchema | undefined): unknown {
  const standard = schema?.["~standard"] as
    | { readonly vendor: string; readonly jsonSchema?: { input(options: object): unknown } }
    | undefined
  return standard?.jsonSchema?.input({
    target: "draft-2020-12",
    libraryOptions: libraryOptions[standard.vendor],
  })
}

/** Without them a date anywhere would keep a library from saying anything of all the rest. */
const libraryOptions: Readonly<Record<string, object>> = Object.freeze({
  zod: {
    unrepresentable: "any",
    // `z.coerce.date()` makes a date of a text, which JSON Schema has no word for.
    override({ zodSchema, jsonSchema }: ZodNode) {
      if (zodSchema._zod.def.coerce && jsonSchema.type === undefined) jsonSchema.type = "string"
    },
  },
  valibot: { errorMode: "ignore" },
})

/** A schema of zod, and the JSON Schema that it made of it. */
interface ZodNode {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly coerce?: boolean } } }
  readonly jsonSchema: { type?: string }
}

/** Walks a JSON Schema. */
class Collector {
  readonly #root: PlainObject
  readonly #types: Record<string, VariableTypes>

  constructor(root: PlainObject, types: Record<string, VariableTypes>) {
    this.#root = root
    this.#types = types
  }

  /** @param around The schemas that are being looked at: one may hold itself. */
  collect(node: PlainObject, path: string, around: readonly PlainObject[]): void {
    const parts = this.#parts(node)
    const inside = [...around, ...parts]
    for (const part of parts) {
      if (around.includes(part) || !isPlainObject(part.properties)) continue
      for (const [name, inner] of Object.entries(part.properties)) {
        if (isPlainObject(inner) && hasPath(name))
          this.collect(inner, path === "" ? name : `${path}.${name}`, inside)
      }
    }
    const isAlone = parts.length === 1
    const types = parts.flatMap((part) => leafTypes(part, isAlone))
    // A function alone would be taken for one that the caller has given.
    const [only] = types
    const isNamed = types.length === 1 && typeof only === "string"
    if (path !== "" && types.length > 0) this.#types[path] = isNamed ? only! : types
  }

  /** The schemas that a value may follow, or follows together; references are resolved. */
  #parts(node: unknown, seen: readonly unknown[] = []): PlainObject[] {
    if (!isPlainObject(node) || seen.includes(node)) return []
    const others = [node.anyOf, node.oneOf, node.allOf, [this.#referred(node.$ref)]]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .flatMap((part) => this.#parts(part, [...seen, node]))
    const saysSomething = ["type", "properties", "enum", "const"].some((name) => name in node)
    return saysSomething ? [node, ...others] : others
  }

  /** What `"#/$defs/name"` refers to. */
  #referred(reference: unknown): unknown {
    if (typeof reference !== "string" || !reference.startsWith("#")) return undefined
    const names = reference.split("/").slice(1)
    return names.reduce<unknown>(
      (at, name) => (isPlainObject(at) ? at[name.replaceAll("~1", "/").replaceAll("~0", "~")] : at),
      this.#root,
    )
  }
}

/** @param isAlone Whether the value may be nothing else. */
function leafTypes(node: PlainObject, isAlone: boolean): EnvironmentType[] {
  // The members of an object have variables of their own.
  if (node.properties) return isAlone ? [] : ["json"]
  if (Array.isArray(node.type)) {
    const isOne = isAlone && node.type.length === 1
    return node.type.flatMap((type) => leafTypes({ ...node, type }, isOne))
  }
  const values = Array.isArray(node.enum) ? node.enum : "const" in node ? [node.const] : []
  const words = values.filter((value) => typeof value === "string")
  // Alone, the schema says best what is wrong; beside other types only the words themselves fit.
  if (words.length > 0 && !(isAlone && words.length === values.length)) {
    return words.length < values.length ? [oneOf(words), "json"] : [oneOf(words)]
  }
  if (words.length > 0 || node.type === "string") return ["string"]
  if (node.type === "number" || node.type === "integer") return ["number"]
  if (node.type === "boolean") return ["boolean"]
  if (node.type === "array") {
    return [isPlainObject(node.items) && node.items.type === "string" ? "list" : "json"]
  }
  return node.type === "object" || values.some((value) => value !== null) ? ["json"] : []
}

function oneOf(words: readonly unknown[]): EnvironmentType {
  return (text) => {
    if (words.includes(text)) return text
    throw new RangeError("no such word")
  }
}
