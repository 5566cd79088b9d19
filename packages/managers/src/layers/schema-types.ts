import { isPlainObject } from "../plain-object.ts"
import type { StandardSchema } from "../schema/standard-schema.ts"
import type { EnvironmentType } from "./environment-layer.ts"

/**
 * The types of all leaves of a schema by dotted path, where the schema can tell (the Standard JSON
 * Schema extension, as in zod 4); else none.
 */
export function schemaTypes(schema: StandardSchema | undefined): Record<string, EnvironmentType> {
  const types: Record<string, EnvironmentType> = {}
  try {
    collect(jsonSchema(schema), "", types)
  } catch {
    // A schema that has no JSON Schema form says nothing.
  }
  return types
}

/** The types of the values in `defaults`, for what a schema does not say. */
export function defaultTypes(defaults: unknown, path = ""): Record<string, EnvironmentType> {
  if (isPlainObject(defaults) && (path === "" || Object.keys(defaults).length > 0)) {
    const inner = Object.entries(defaults).map(([name, value]) =>
      defaultTypes(value, path === "" ? name : `${path}.${name}`),
    )
    return Object.assign({}, ...inner)
  }
  const type = typeof defaults
  if (type === "string" || type === "number" || type === "boolean") return { [path]: type }
  if (Array.isArray(defaults)) {
    return { [path]: defaults.every((item) => typeof item === "string") ? "list" : "json" }
  }
  return isPlainObject(defaults) ? { [path]: "json" } : {}
}

function jsonSchema(schema: StandardSchema | undefined): unknown {
  const standard = schema?.["~standard"] as
    | { readonly vendor: string; readonly jsonSchema?: { input(options: object): unknown } }
    | undefined
  return standard?.jsonSchema?.input({
    target: "draft-2020-12",
    // Without it a date anywhere would keep zod from saying anything of all the rest.
    ...(standard.vendor === "zod" && { libraryOptions: { unrepresentable: "any" } }),
  })
}

function collect(node: unknown, path: string, types: Record<string, EnvironmentType>): void {
  if (!isPlainObject(node)) return
  const alternatives = (node.anyOf ?? node.oneOf) as unknown[] | undefined
  if (isPlainObject(node.properties)) {
    for (const [name, inner] of Object.entries(node.properties)) {
      collect(inner, path === "" ? name : `${path}.${name}`, types)
    }
  } else if (path !== "") {
    const type = leafType(
      alternatives?.find((one) => isPlainObject(one) && one.type !== "null") ?? node,
    )
    if (type !== undefined) types[path] = type
  }
}

function leafType(node: unknown): EnvironmentType | undefined {
  if (!isPlainObject(node)) return undefined
  if (Array.isArray(node.type)) {
    return leafType({ ...node, type: node.type.find((one) => one !== "null") })
  }
  if (node.type === "number" || node.type === "integer") return "number"
  if (node.type === "boolean") return "boolean"
  if (node.type === "array") {
    return isPlainObject(node.items) && node.items.type === "string" ? "list" : "json"
  }
  if (node.type === "object") return "json"
  if (node.type === "string") return "string"
  const values = Array.isArray(node.enum) ? node.enum : "const" in node ? [node.const] : []
  if (values.length === 0) return undefined
  return values.every((value) => typeof value === "string") ? "string" : "json"
}
