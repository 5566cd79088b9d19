import { mapInside } from "../plain-object.ts"

/** Whether a dotted path is one of `paths` or lies below one. */
export function isBelow(path: string, paths: readonly string[] = []): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`))
}

/** A value as it may be shown: what is secret, itself or inside, is not. */
export function masked(value: unknown, path: string, secrets: readonly string[] = []): unknown {
  if (isBelow(path, secrets)) return "•••"
  return mapInside(value, (inner, name) => masked(inner, `${path}.${name}`, secrets))
}
