/** What stands behind the parameters: columns as text, run it all, then tell that it is done. */
const tail = Buffer.from([
  ...[0, 0],
  ...[0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0], // Execute: the unnamed portal, every row
  ...[0x53, 0, 0, 0, 4], // Sync
])

/** The beginning of each Bind of one statement: the unnamed portal and the statement's name. */
export function bindHead(name: string): Buffer {
  return Buffer.from(`B\0\0\0\0\0${name}\0`)
}

/**
 * Bind, Execute and Sync of a prepared statement as one piece of PostgreSQL's protocol ("Extended
 * Query"). A hot path: one buffer, so that one system call sends it.
 *
 * @returns `undefined` for values that take more than text and bytes, such as arrays.
 */
export function bindMessage(head: Buffer, values: readonly unknown[]): Buffer | undefined {
  const count = values.length
  const texts = new Array<string | Buffer | null>(count)
  let size = head.length + 4 + count * 6 + tail.length
  for (let index = 0; index < count; index++) {
    const text = asText(values[index])
    if (text === undefined) return undefined
    texts[index] = text
    if (text !== null) size += typeof text === "string" ? Buffer.byteLength(text) : text.length
  }
  const message = Buffer.allocUnsafe(size)
  message.set(head)
  message.writeInt32BE(size - 1 - executeAndSync, 1)
  // Up to 65,535 parameters: the protocol's 16 bits have no sign here.
  let offset = message.writeUInt16BE(count, head.length)
  for (const text of texts) offset = message.writeInt16BE(text instanceof Buffer ? 1 : 0, offset)
  offset = message.writeUInt16BE(count, offset)
  for (const text of texts) {
    if (text === null) offset = message.writeInt32BE(-1, offset)
    else {
      const start = offset + 4
      const length =
        typeof text === "string" ? message.write(text, start) : text.copy(message, start)
      message.writeInt32BE(length, offset)
      offset = start + length
    }
  }
  message.set(tail, offset)
  return message
}

const executeAndSync = tail.length - 2

function asText(value: unknown): string | Buffer | null | undefined {
  switch (typeof value) {
    case "string":
      return value
    case "number":
    case "boolean":
      return String(value)
    default:
      return value === null || value instanceof Buffer ? value : undefined
  }
}
