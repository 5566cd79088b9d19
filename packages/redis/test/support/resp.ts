/** Where the value that begins at `start` ends (RESP 3, the types that Redis sends); 0 while it is not whole. */
export function endOf(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf("\r\n", start)
  if (lineEnd < 0) return 0
  const type = String.fromCharCode(bytes[start]!)
  const size = Number(bytes.toString("latin1", start + 1, lineEnd))
  let end = lineEnd + 2
  if ("$=!".includes(type)) {
    if (size >= 0) end += size + 2
    return end <= bytes.length ? end : 0
  }
  if (!"*~>%".includes(type)) return end
  for (let left = type === "%" ? size * 2 : size; left > 0 && end > 0; left--) {
    end = endOf(bytes, end)
  }
  return end
}

const push = ">".charCodeAt(0)

/** Whether the value that begins `bytes` is pushed, so that it answers nothing. */
export function isPush(bytes: Buffer): boolean {
  return bytes[0] === push
}
