import { PersistError } from "@persist/core/options"
import type { Position } from "./config-format.ts"

/** The error for text that is not in its format. */
export function decodeError(
  format: string,
  { line, column }: Position,
  reason: string,
  cause?: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_DECODE",
    `Not ${format}: ${reason} at line ${line}, column ${column}.`,
    { details: { line, column }, ...(cause !== undefined && { cause }) },
  )
}

/** The text without its byte order mark. */
export function withoutBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}
