import { describe, expect, test } from "vitest"
import { storageConformance } from "../src/conformance/index.ts"
import type { Entry, Storage, WriteRequest } from "../src/index.ts"
import { CollectingRunner } from "./support/collecting-runner.ts"
import { MemoryStorage, type MemoryStorageOptions } from "./support/memory-storage.ts"

function suiteOf(open: (options: MemoryStorageOptions) => Storage): CollectingRunner {
  const runner = new CollectingRunner()
  storageConformance(runner, { name: "mine", open, reopen: (_, options) => open(options) })
  return runner
}

/** What the check whose name ends so fails with. */
async function failure(runner: CollectingRunner, check: string): Promise<string> {
  const { run } = runner.tests.find(({ name }) => name.endsWith(check))!
  return run().then(
    () => "it passed",
    (error) => String(error),
  )
}

/** Sends the revision as a header, as `fetch` does: blanks around it are lost, and `*` fits what is there. */
class Headers extends MemoryStorage {
  readonly fitsAnything: boolean = false

  protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
    const ifRevision = request.ifRevision?.trim()
    const isAny = this.fitsAnything && ifRevision === "*" && this._readSync(key) !== undefined
    return super._write(key, bytes, {
      ...request,
      ...(request.ifRevision !== null && { ifRevision: isAny ? undefined : ifRevision }),
    })
  }
}

class Wildcards extends Headers {
  override readonly fitsAnything = true
}

describe("the conformance suite tells the author of a backend", () => {
  test("how to send a revision in a header", async () => {
    const alike = await failure(
      suiteOf((options) => new Headers(options)),
      "that only resemble the current one are refused",
    )
    const anything = await failure(
      suiteOf((options) => new Wildcards(options)),
      "or made up are refused",
    )
    for (const message of [alike, anything]) {
      expect(message).toContain("expected ERR_PERSIST_CONFLICT, but nothing was thrown")
      expect(message).toContain("In a header such as If-Match")
    }
  })

  test("that open gave no storage", async () => {
    const none = suiteOf(() => undefined as unknown as Storage)
    const mute = suiteOf(() => Object.assign(new MemoryStorage(), { supports: undefined }))
    const wanted = `"open" and "reopen" of "mine" must give a Storage that says in "supports"`
    expect(await failure(none, "gives back what was saved")).toContain(`${wanted} what it can do`)
    expect(await failure(mute, "gives back what was saved")).toContain(wanted)
  })

  test("of failures at once, and leaves no rejection to the process", async () => {
    class Unreadable extends MemoryStorage {
      protected override async _read(): Promise<never> {
        throw new Error("unreadable")
      }

      protected override async _stat(): Promise<Entry | undefined> {
        return undefined
      }
    }
    const runner = suiteOf((options) => new Unreadable(options))
    for (const check of [
      "lets every reader see a whole value while it is replaced",
      "hears its signal while another change goes on",
      "refuses everything while it waits for what still runs",
    ]) {
      expect(await failure(runner, check)).toContain("unreadable")
    }
  })
})
