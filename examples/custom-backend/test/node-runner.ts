import { describe, test } from "node:test"
import { storageConformance } from "@persist/core/conformance"
import { webStorageTarget } from "./web-storage-target.ts"

storageConformance({ describe, test }, webStorageTarget)
