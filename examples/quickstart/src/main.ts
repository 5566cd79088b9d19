import { join, resolve } from "node:path"
import { tour } from "./tour.ts"

// The demo: what @persist does, on this repository's own lockfile. Run it twice.
const directory = resolve(process.env.PERSIST_DIR ?? ".persist-data", "quickstart")
const lockfile = process.argv[2] ?? join(import.meta.dirname, "../../../pnpm-lock.yaml")
await tour({ lockfile, directory })
