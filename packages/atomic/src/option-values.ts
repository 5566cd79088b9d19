import { invalidOption } from "./options.ts"

/** Checks an option that is to be a function. */
export function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw invalidOption(option, value, "a function")
  }
}

/** Checks an option that is to be an `AbortSignal`, of whatever realm. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return
  const { addEventListener, aborted } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof addEventListener === "function" && typeof aborted === "boolean") return
  throw invalidOption("signal", signal, "an AbortSignal")
}
