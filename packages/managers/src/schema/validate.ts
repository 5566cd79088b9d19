import { types } from "node:util"
import { invalidOption, PersistError } from "@persist/core/options"
import type { Origin } from "../layers/layer.ts"
import { saidBy } from "./said-by.ts"
import type { StandardIssue, StandardResult, StandardSchema } from "./standard-schema.ts"

/** One thing that is wrong with a value, as `details.issues` of the error has it. */
export interface ValidationIssue {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** Where a configuration has the value, or what is nearest around one that is missing. */
  readonly origin?: Origin
}

/** Whether what a schema says of a path holds, or may hold, a value that must not be shown. */
export type IssueMask = (path: readonly (string | number)[], message: string) => boolean

/** Where the value of an issue comes from, and how an error names that, such as by file and line. */
export type IssuePlace = (
  path: readonly (string | number)[],
) => { readonly origin: Origin; readonly text: string } | undefined

/** @throws `ERR_PERSIST_INVALID_OPTION` for what is no Standard Schema. */
export function assertSchema(schema: unknown): void {
  const standard = (schema as Partial<StandardSchema> | undefined)?.["~standard"]
  if (schema === undefined || typeof standard?.validate === "function") return
  throw invalidOption("schema", schema, "a Standard Schema, such as one of zod, valibot or arktype")
}

/**
 * The value as the schema returns it, defaults filled in.
 *
 * @throws `ERR_PERSIST_VALIDATION` with every issue in the message and in `details.issues`.
 */
export async function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
  place?: IssuePlace,
  isSecret?: IssueMask,
): Promise<Output> {
  return validateNow(schema, value, what, place, isSecret)
}

/**
 * `validate` that has answered when it returns, if the schema does.
 *
 * @throws As `validate`, in the promise where there is one.
 */
export function validateNow<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
  place?: IssuePlace,
  isSecret?: IssueMask,
): Output | Promise<Output> {
  const accept = (result: StandardResult<Output>) => accepted(result, what, place, isSecret)
  const fail = (cause: unknown) => failed(what, cause, isSecret)
  let said: StandardResult<Output> | Promise<StandardResult<Output>>
  try {
    said = schema["~standard"].validate(value)
  } catch (cause) {
    return fail(cause)
  }
  return types.isPromise(said) ? said.then(accept, fail) : accept(said)
}

/** `validate` for callers that cannot wait. @throws Also when the schema answers with a promise. */
export function validateSync<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
  place?: IssuePlace,
  isSecret?: IssueMask,
): Output {
  const said = validateNow(schema, value, what, place, isSecret)
  if (!types.isPromise(said)) return said
  said.catch(() => {})
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `${what}: its schema validates asynchronously; use the asynchronous call.`,
  )
}

/** The cause has what the schema said; the message has not, for a value may be quoted there. */
function failed(what: string, cause: unknown, isSecret?: IssueMask): never {
  const isShown = !isSecret?.([], saidBy(cause))
  const more = isShown ? "; see the cause" : ", and quoted a secret"
  throw new PersistError(
    "ERR_PERSIST_VALIDATION",
    `${what} is not valid: its schema threw instead of saying what is wrong${more}.`,
    { ...(isShown && { cause }), details: { issues: [] } },
  )
}

function accepted<Output>(
  result: StandardResult<Output>,
  what: string,
  place: IssuePlace | undefined,
  isSecret: IssueMask | undefined,
): Output {
  if (typeof result !== "object" || result === null) {
    failed(what, new TypeError("A Standard Schema answers with a value or with issues."))
  }
  if (result.issues === undefined) return result.value
  const lines: string[] = []
  const issues = result.issues.map(issue).map((one): ValidationIssue => {
    const { path } = one
    const isHidden = isSecret?.(path, one.message)
    const message = isHidden ? "is not valid; its value is a secret" : one.message
    const where = place?.(path)
    lines.push(`${pathText(path)}: ${message}${where ? ` (${where.text})` : ""}`)
    return { path, message, ...(where && { origin: where.origin }) }
  })
  throw new PersistError("ERR_PERSIST_VALIDATION", `${what} is not valid. ${lines.join("; ")}.`, {
    details: { issues },
  })
}

function issue({ message, path = [] }: StandardIssue): ValidationIssue {
  const names = path.map((part) => (typeof part === "object" ? part.key : part))
  return { message, path: names.map((name) => (typeof name === "symbol" ? String(name) : name)) }
}

/** `$.server.ports[0]` */
function pathText(path: readonly (string | number)[]): string {
  const parts = path.map((name) => {
    if (typeof name === "number") return `[${name}]`
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
  })
  return `$${parts.join("")}`
}
