/** Puts back the byte order marks that msgpackr took off the strings with the numbers in `marked`. */
export function restoreMarks(tokens: unknown[], marked: readonly number[]): void {
  let strings = 0
  const restore = (list: unknown[]) => {
    for (const [index, value] of list.entries()) {
      if (typeof value === "string") {
        if (marked.includes(strings++)) list[index] = `\ufeff${value}`
      } else if (Array.isArray(value)) restore(value)
    }
  }
  restore(tokens)
}
