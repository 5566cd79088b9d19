import type { Entry } from "@persist/core"

/** The keys of all entries of a listing. */
export async function keysOf(entries: AsyncIterable<Entry>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of entries) keys.push(key)
  return keys
}
