import { setTimeout as delay } from "node:timers/promises"

/** Looks again and again until `isTrue`; fails after `seconds`, saying what was waited for. */
export async function until(what: string, isTrue: () => unknown, seconds = 30): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`Waited ${seconds} s in vain: ${what}`)
    await delay(5)
  }
}
