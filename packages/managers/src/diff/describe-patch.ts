import { inspect } from "node:util"
import { applyPatch, type PatchOperation, parsePointer } from "./patch.ts"

/** A patch in words: one line a change, `+` added, `-` removed, `~` changed. */
export function describePatch(before: unknown, patch: readonly PatchOperation[]): string {
  let current = patch.length > 0 ? structuredCopy(before) : before
  const lines = patch.map((operation) => {
    const old = operation.op === "add" ? undefined : valueAt(current, operation.path)
    const place = operation.path === "" ? "(all)" : parsePointer(operation.path).join(".")
    // Paths are those at the time of the step, so each step is made before the next is described.
    current = applyPatch(current, [structuredCopy(operation) as PatchOperation])
    if (operation.op === "add") return `+ ${place}: ${short(operation.value)}`
    if (operation.op === "remove") return `- ${place}: ${short(old)}`
    return `~ ${place}: ${short(old)} → ${short(valueAt(current, operation.path))}`
  })
  return lines.join("\n")
}

function valueAt(root: unknown, path: string): unknown {
  return parsePointer(path).reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    root,
  )
}

function short(value: unknown): string {
  const text = inspect(value, {
    depth: 2,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 80,
  })
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function structuredCopy(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}
