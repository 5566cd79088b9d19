import { PersistError, Serializer } from "@persist/core"
import { invalidOption } from "@persist/core/options"
import { brief, formatPath, type PathSegment, reasonOf } from "@persist/core/values"
import { requireSerializer } from "../layers/require-serializer.ts"
import type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from "./standard-schema.ts"

/** A serializer around another that holds every value to a schema; made by `validated`. */
export class ValidatedSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string
  readonly #inner: Serializer
  readonly #schema: StandardSchema

  constructor(inner: Serializer, schema: StandardSchema) {
    super()
    requireSerializer(inner)
    if (typeof schema?.["~standard"]?.validate !== "function")
      throw invalidOption(
        "schema",
        schema,
        "a Standard Schema, such as zod, valibot or arktype make",
      )
    this.fileExtension = inner.fileExtension
    this.#inner = inner
    this.#schema = schema
  }

  /**
   * Writes the value as it is, when the schema would accept it on reading.
   *
   * @throws `ERR_PERSIST_VALIDATION` with every issue in `details.issues`.
   */
  override encode(value: T): Uint8Array {
    this.#validate(value, "cannot be written")
    return this.#inner.encode(value)
  }

  /**
   * Reads and answers what the schema makes of the value, its defaults filled in.
   *
   * @throws `ERR_PERSIST_VALIDATION` with every issue in `details.issues`.
   */
  override decode(bytes: Uint8Array): T {
    return this.#validate(this.#inner.decode(bytes), "was read but is not valid") as T
  }

  #validate(value: unknown, consequence: string): unknown {
    const result = this.#ask(value)
    if (isThenable(result)) {
      result.then(undefined, () => {})
      throw new PersistError(
        "ERR_PERSIST_VALIDATION",
        "The schema validates asynchronously, which a serializer cannot wait for; take the asynchronous steps out of it.",
      )
    }
    if (result.issues === undefined) return result.value
    const issues = result.issues.map(describe)
    const summary = issues
      .slice(0, 5)
      .map(({ path, message }) => `${path}: ${brief(String(message))}`)
    throw new PersistError(
      "ERR_PERSIST_VALIDATION",
      `The value ${consequence}: ${summary.join("; ")}${issues.length > 5 ? "; …" : ""}.`,
      { details: { issues } },
    )
  }

  #ask(value: unknown): SchemaResult<unknown> | PromiseLike<unknown> {
    let result: unknown
    try {
      result = this.#schema["~standard"].validate(value)
    } catch (cause) {
      throw new PersistError("ERR_PERSIST_VALIDATION", `The schema threw: ${reasonOf(cause)}`, {
        cause,
      })
    }
    if (typeof result === "object" && result !== null)
      return result as SchemaResult<unknown> | PromiseLike<unknown>
    throw new PersistError(
      "ERR_PERSIST_VALIDATION",
      "The schema answered neither a value nor issues.",
    )
  }
}

function isThenable(
  result: SchemaResult<unknown> | PromiseLike<unknown>,
): result is PromiseLike<unknown> {
  return "then" in result && typeof result.then === "function"
}

/** Holds what `inner` writes and reads to a schema, whose output is the type of the values. */
export function validated<Schema extends StandardSchema>(
  inner: Serializer,
  schema: Schema,
): ValidatedSerializer<SchemaOutput<Schema>> {
  return new ValidatedSerializer<SchemaOutput<Schema>>(inner, schema)
}

function describe({ message, path = [] }: SchemaIssue): { path: string; message: string } {
  const segments = path.map((segment): PathSegment => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "symbol" ? { part: String(key) } : key
  })
  return { path: formatPath(segments), message }
}
