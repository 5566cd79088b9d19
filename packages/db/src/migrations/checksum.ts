import { createHash } from "node:crypto"

const mark = "\ufeff"

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex")
const plain = (text: string) => text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n")

/** Of the text as it is everywhere: in a checkout on Windows its lines end with two characters. */
export function checksumOf(work: unknown): string {
  return typeof work === "string" ? hashOf(plain(work)) : ""
}

/** Whether a checksum is that of the text as it once was in a file: line ends and mark counted in older databases. */
export function isFormerChecksum(work: unknown, checksum: string): boolean {
  if (typeof work !== "string") return false
  const text = plain(work)
  const windows = text.replaceAll("\n", "\r\n")
  return [work, windows, mark + text, mark + windows].some((one) => hashOf(one) === checksum)
}
