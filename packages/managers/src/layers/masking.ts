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

/** Whether `said` has `secret` in it, or what is in that; also as it stands between quotes. */
export function quotes(said: string, secret: unknown): boolean {
  if (typeof secret === "object" && secret !== null) {
    return Object.values(secret).some((inner) => quotes(said, inner))
  }
  if (typeof secret !== "string") return typeof secret === "number" && said.includes(`${secret}`)
  const isQuoted = said.includes(secret) || said.includes(JSON.stringify(secret).slice(1, -1))
  return secret !== "" && isQuoted
}
