/**
 * A key as well-formed Unicode, for backends whose engine holds text as UTF-8: halves of surrogate pairs
 * are written as U+FFFF and four digits. Different keys stay different, and a key keeps its folders.
 */
export function storedKey(key: string): string {
  if (key.isWellFormed() && !key.includes("\uffff")) return key
  return key.replace(/\p{Surrogate}|\uffff/gu, (unit) => `\uffff${unit.charCodeAt(0).toString(16)}`)
}

/** The key that `stored`, made by `storedKey`, stands for. */
export function keyFromStored(stored: string): string {
  if (!stored.includes("\uffff")) return stored
  return stored.replace(/\uffff([0-9a-f]{4})/g, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  )
}
