import { mapInside } from "../plain-object.ts"
import { valueAt } from "./merge-layers.ts"

/** Whether a dotted path is one of `paths` or lies below one. */
export function isBelow(path: string, paths: readonly string[] = []): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`))
}

/** A value as it may be shown: what is secret, itself or inside, is not. */
export function masked(value: unknown, path: string, secrets: readonly string[] = []): unknown {
  if (isBelow(path, secrets)) return "•••"
  return mapInside(value, (inner, name) => masked(inner, `${path}.${name}`, secrets))
}

/** Whether `said` has a secret in it: one at a path of `secrets` in `values`, itself or what is in it. */
export function quotesSecret(
  said: string,
  values: unknown,
  secrets: readonly string[] = [],
): boolean {
  return secrets.some((path) => quotes(said, valueAt(values, path.split(".")).value))
}

/** Shorter texts are in so many words by chance that only such a word of its own counts as one quoted. */
const shortest = 3

/** Whether `said` has `secret` in it, or what is in that; also as it stands between quotes. */
export function quotes(said: string, secret: unknown): boolean {
  if (typeof secret === "object" && secret !== null) {
    return Object.values(secret).some((inner) => quotes(said, inner))
  }
  if (typeof secret !== "string" && typeof secret !== "number") return false
  const text = String(secret)
  return holds(said, text) || holds(said, JSON.stringify(text).slice(1, -1))
}

function holds(said: string, text: string): boolean {
  if (text === "" || text.length >= shortest) return text !== "" && said.includes(text)
  for (let at = said.indexOf(text); at >= 0; at = said.indexOf(text, at + 1)) {
    const beside = [said[at - 1], said[at + text.length]]
    if (!beside.some((one) => one !== undefined && /[\p{L}\p{N}]/u.test(one))) return true
  }
  return false
}
