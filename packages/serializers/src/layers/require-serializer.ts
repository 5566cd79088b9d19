import type { Serializer } from "@persist/core"
import { invalidOption } from "@persist/core/options"

/** Refuses to put a layer around what is no serializer. */
export function requireSerializer(inner: Serializer): void {
  const { fileExtension, encode, decode } = (inner ?? {}) as Partial<Serializer>
  if (
    typeof fileExtension === "string" &&
    typeof encode === "function" &&
    typeof decode === "function"
  )
    return
  throw invalidOption("inner", inner, "a serializer")
}
