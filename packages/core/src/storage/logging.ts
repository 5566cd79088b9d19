import { types } from "node:util"
import type { Logger } from "./options.ts"

const levels = ["debug", "info", "warn", "error"] as const

/** Whether `value` has the methods of a `console`, or some of them. */
export function isLogger(value: unknown): value is Logger {
  if (typeof value !== "object" || value === null) return false
  return levels.every((level) => {
    const method: unknown = (value as Logger)[level]
    return method === undefined || typeof method === "function"
  })
}

/** Tells `logger` everything, and nobody when it fails: a value that was recovered is there all the same. */
export function patientLogger(logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return undefined
  const tell = (level: (typeof levels)[number], message: string, details: unknown[]) => {
    try {
      const told: unknown = logger[level]?.(message, ...details)
      if (types.isPromise(told)) told.catch(() => {})
    } catch {}
  }
  return {
    debug: (message, ...details) => tell("debug", message, details),
    info: (message, ...details) => tell("info", message, details),
    warn: (message, ...details) => tell("warn", message, details),
    error: (message, ...details) => tell("error", message, details),
  }
}
