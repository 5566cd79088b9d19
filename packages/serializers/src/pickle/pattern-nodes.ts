const properties = /\\p\{/gi
const stringProperties = /\\p\{(?:RGI|Basic|Emoji_Keycap)_/g

/**
 * How many nodes a regular expression counts for beyond its own: the engine looks a Unicode property up anew for
 * each `\p{…}`, in 30 to 80 µs, and one of strings, such as all emoji, in 1.5 ms, of 13 bytes. With the flag v it
 * also folds a class as it reads it, in a time that grows with the square: 20,000 characters take 4 s.
 */
export function patternNodes(source: string, flags: string): number {
  if (!/[uv]/.test(flags)) return 0
  const folding = flags.includes("v") ? 100 * Math.floor((source.length / 100) ** 2) : 0
  return folding + 50 * countOf(properties, source) + 1500 * countOf(stringProperties, source)
}

function countOf(pattern: RegExp, text: string): number {
  let count = 0
  for (const _ of text.matchAll(pattern)) count++
  return count
}
