/** Asks for a statement's parameters and columns: Parse and Describe of it without a name, and Sync ("Extended Query"). */
export function describeMessage(sql: string): Buffer {
  return Buffer.concat([
    message("P", Buffer.from(`\0${sql}\0\0\0`)),
    message("D", Buffer.from("S\0")),
    message("S", Buffer.alloc(0)),
  ])
}

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
