import assert from "node:assert/strict"
import { readFileSync, utimesSync, writeFileSync } from "node:fs"
import { JsonSerializer, PersistError } from "@persist/core"
import { FileStorage } from "../src/index.ts"

/** What happened in a run of `damageRepeatedly`. */
export interface DamageReport {
  readonly damaged: number
  readonly recovered: number
  readonly refused: number
  /** The damage still parsed, as an edit by hand would. */
  readonly parsed: number
}

/** Cuts and flips the bytes of values at random; every load gives a valid value, or says that it is damaged. */
export async function damageRepeatedly(
  directory: string,
  random: () => number,
  isOver: (damaged: number) => boolean,
): Promise<DamageReport> {
  const json = new JsonSerializer()
  await using storage = new FileStorage({ directory, durability: "none" })
  let [damaged, recovered, refused, parsed] = [0, 0, 0, 0]
  while (!isOver(damaged)) {
    const key = `values/${Math.floor(random() * 20)}`
    const hasBackup = random() < 0.5
    await storage.delete(key, { history: true })
    const old = { text: "o".repeat(random() * 300), number: random() }
    await storage.save(key, old)
    const next = { text: "n".repeat(random() * 300), list: [random(), true, null] }
    const { path } = await storage.save(key, next, { backup: hasBackup })
    const bytes = damage(readFileSync(path!), random)
    writeFileSync(path!, bytes)
    utimesSync(path!, 1e9, 1e9)
    damaged++
    const found = await storage
      .loadEntry(key, { default: "default" })
      .catch((error: unknown) => error)
    if (PersistError.is(found)) {
      refused++
      assert.equal(found.code, "ERR_PERSIST_CORRUPT")
      assert.equal(hasBackup, false)
      continue
    }
    const { value, entry } = found as { value: unknown; entry: { recovered?: unknown } }
    if (entry.recovered) {
      recovered++
      assert.deepEqual(value, old)
    } else {
      parsed++
      assert.deepEqual(value, json.decode(bytes))
    }
  }
  return { damaged, recovered, refused, parsed }
}

function damage(whole: Buffer, random: () => number): Buffer {
  if (random() < 0.5) return whole.subarray(0, Math.floor(random() * whole.length))
  const bytes = Buffer.from(whole)
  for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
    const place = Math.floor(random() * bytes.length)
    bytes[place]! ^= 1 << Math.floor(random() * 8)
  }
  return bytes
}
