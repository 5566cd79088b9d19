import { writeSync } from "node:fs"
import { writeFileAtomic, writeFileAtomicSync } from "../../src/index.ts"
import { numberedContent } from "./numbered-content.ts"

// node writer.ts <file> async|sync|stream <start>: writes one content after the other, and says which are done.
const [path, how, start] = process.argv.slice(2) as [string, string, string]
for (let number = Number(start) + 1; ; number++) {
  const content = numberedContent(number)
  if (how === "sync") writeFileAtomicSync(path, content)
  else await writeFileAtomic(path, how === "stream" ? pieces(content) : content)
  writeSync(1, `${number}\n`)
}

function* pieces(content: string): Generator<string> {
  for (let offset = 0; offset < content.length; offset += 10_000) {
    yield content.slice(offset, offset + 10_000)
  }
}
