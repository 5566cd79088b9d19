import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { RedisStorage } from "../../src/index.ts"

const program = fileURLToPath(new URL("../programs/increment.ts", import.meta.url))

/** Lets so many processes count one key up, so many times each; resolves with what it holds then. */
export async function incrementTogether(
  url: string,
  prefix: string,
  processes: number,
  times: number,
): Promise<unknown> {
  const codes = await Promise.all(
    Array.from({ length: processes }, async () => {
      const [code] = await once(fork(program, [url, prefix, String(times)]), "exit")
      return code
    }),
  )
  if (codes.some((code) => code !== 0)) throw new Error(`A process failed: ${codes}`)
  await using storage = new RedisStorage({ url, prefix })
  return storage.load("count")
}
