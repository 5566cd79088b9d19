import type { ConformanceTarget } from "@persist/core/conformance"
import { MemoryArea } from "../src/memory-area.ts"
import { WebStorage } from "../src/web-storage.ts"

const areas = new WeakMap<WebStorage, MemoryArea>()

function open(area: MemoryArea, options: ConstructorParameters<typeof WebStorage>[1]): WebStorage {
  const storage = new WebStorage(area, options)
  areas.set(storage, area)
  return storage
}

/** What the conformance suite needs to know of our storage. */
export const webStorageTarget: ConformanceTarget<WebStorage> = {
  name: "WebStorage",
  open: (options) => open(new MemoryArea(), options),
  reopen: (storage, options) => open(areas.get(storage)!, options),
  async damage(storage, key, bytes) {
    const area = areas.get(storage)!
    const base64 = Buffer.from(bytes).toString("base64")
    area.setItem(key, JSON.stringify({ ...JSON.parse(area.getItem(key)!), base64 }))
  },
}
