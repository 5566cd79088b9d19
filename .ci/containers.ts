import { spawnSync } from "node:child_process"
import { expect, test } from "vitest"

/** Runs what follows it in a process namespace of its own, where the first process is number 1, as in a container. */
export const container: readonly string[] = [
  "unshare",
  "--pid",
  "--fork",
  "--mount-proc",
  "--kill-child",
]

/** Whether this machine lets tests make such namespaces. */
export const canIsolate: boolean =
  spawnSync(container[0]!, [...container.slice(1), "true"]).status === 0

/** A test that says so where containers cannot be made, so that nobody takes them for tested. */
export function testIsolation(): void {
  test("are made with unshare on Linux", (context) => {
    if (canIsolate) return expect(canIsolate).toBe(true)
    const message =
      "unshare may not make process namespaces here, so containers are not tested: run as root, or allow user namespaces"
    console.warn(message)
    context.skip(message)
  })
}
