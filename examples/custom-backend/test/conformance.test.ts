import { storageConformance } from "@persist/core/conformance"
import { describe, test } from "vitest"
import { webStorageTarget } from "./web-storage-target.ts"

storageConformance({ describe, test }, webStorageTarget)
