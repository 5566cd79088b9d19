import { isUtf8 } from "node:buffer"
import { PersistError, Serializer } from "@persist/core"

/** One line of a table: the same columns in every row, all of them text. */
export type Row = Readonly<Record<string, string>>

/** Tables as CSV (RFC 4180), for spreadsheets. */
export class CsvSerializer extends Serializer<readonly Row[]> {
  readonly fileExtension = ".csv"

  encode(rows: readonly Row[]): Uint8Array {
    const columns = Object.keys(rows[0] ?? {})
    const lines = rows.map((row, index) => {
      if (columns.length > 0 && Object.keys(row).join() === columns.join()) {
        return columns.map((column) => quoted(row[column], `$[${index}].${column}`)).join(",")
      }
      throw new PersistError(
        "ERR_PERSIST_ENCODE",
        `$[${index}] has no columns, or others than $[0].`,
      )
    })
    const header = columns.map((column) => quoted(column, "$[0]")).join(",")
    return Buffer.from([header, ...lines, ""].join("\r\n"))
  }

  decode(bytes: Uint8Array): readonly Row[] {
    if (!isUtf8(bytes)) throw new PersistError("ERR_PERSIST_DECODE", "The CSV is not UTF-8.")
    const text = Buffer.from(bytes).toString()
    if (text === "\r\n") return []
    const [columns, ...rows] = records(text)
    return rows.map((row, index) => {
      if (row.length === columns!.length) {
        return Object.fromEntries(row.map((cell, column) => [columns![column]!, cell]))
      }
      throw new PersistError("ERR_PERSIST_DECODE", `Row ${index + 1} has ${row.length} cells.`)
    })
  }
}

function quoted(cell: unknown, path: string): string {
  if (typeof cell === "string") return `"${cell.replaceAll('"', '""')}"`
  throw new PersistError("ERR_PERSIST_ENCODE", `${path} is a ${typeof cell}; CSV holds text.`)
}

/** Splits into lines and cells; whatever does not fit, such as a cut line, is damage. */
function records(text: string): string[][] {
  const cell = /"((?:[^"]|"")*)"(,|\r\n)/gy
  const lines: string[][] = [[]]
  let end = 0
  for (const [whole, content, separator] of text.matchAll(cell)) {
    lines.at(-1)!.push(content!.replaceAll('""', '"'))
    if (separator !== ",") lines.push([])
    end += whole.length
  }
  const rest = lines.pop()!
  if (end === text.length && rest.length === 0 && lines.length > 0) return lines
  throw new PersistError("ERR_PERSIST_DECODE", `The CSV is damaged at character ${end}.`)
}
