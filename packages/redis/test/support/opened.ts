import type { Storage } from "@persist/core"
import { until } from "./until.ts"

/** Opens `storage`, which a busy machine may not do within the short deadline that a test is about. */
export async function opened<S extends Storage>(storage: S): Promise<S> {
  await until("it is open", () =>
    storage.exists("opened").then(
      () => true,
      () => false,
    ),
  )
  return storage
}
