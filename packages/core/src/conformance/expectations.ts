import assert from "node:assert/strict"
import { PersistError, type PersistErrorCode } from "@persist/atomic"
import { abridged } from "../values/path.ts"

/** Asserts that `work` fails with a `PersistError` of `code`, and hands it back. */
export async function failsWith(
  code: PersistErrorCode,
  work: () => unknown,
): Promise<PersistError> {
  try {
    await work()
  } catch (error) {
    if (PersistError.is(error, code)) {
      assert.notEqual(error.message, "", "the error has no message")
      return error
    }
    assert.fail(`expected ${code}, but it failed with ${describe(error)}${remedy(code)}`)
  }
  assert.fail(`expected ${code}, but nothing was thrown${remedy(code)}`)
}

/** What the author of a backend is to do, where that is not plain from the code. */
const remedies: Partial<Record<PersistErrorCode, string>> = {
  ERR_PERSIST_CONFLICT:
    "_write and _delete must throw it, and change nothing, unless request.ifRevision is the current revision to the letter (null: nothing is there). In a header such as If-Match, blanks around it are lost and * fits anything: quote it, or refuse what no entry of yours can hold",
  ERR_PERSIST_FENCED:
    "_write and _delete must throw it, and change nothing, when request.fence is below the highest one that the key was written with: see checkFence",
}

function remedy(code: PersistErrorCode): string {
  const todo = remedies[code]
  return todo === undefined ? "" : `. ${todo}.`
}

/** A key for a message, which is there to be read. */
export function shown(key: string): string {
  return JSON.stringify(abridged(key))
}

/** Every item of an iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What became of several promises: how many succeeded, and the codes of the rest. */
export async function outcomes(
  work: readonly Promise<unknown>[],
): Promise<{ readonly succeeded: number; readonly codes: readonly string[] }> {
  const settled = await Promise.allSettled(work)
  const failed = settled.filter((result) => result.status === "rejected")
  return {
    succeeded: settled.length - failed.length,
    codes: failed.map(({ reason }) =>
      PersistError.is(reason) ? reason.code : `not a PersistError: ${describe(reason)}`,
    ),
  }
}

/** Asserts that of writes over one revision one went through, and the others were refused for it. */
export async function oneWins(contenders: readonly Promise<unknown>[]): Promise<void> {
  const { succeeded, codes } = await outcomes(contenders)
  const writes = `${succeeded} of ${contenders.length} writes that name one revision went through`
  assert.equal(succeeded, 1, `${writes}: ifRevision must be decided in one step with the write`)
  assert.deepEqual(new Set(codes), new Set(["ERR_PERSIST_CONFLICT"]))
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = error.name, stack } = error as NodeJS.ErrnoException
  return `${code}: ${stack}`
}
