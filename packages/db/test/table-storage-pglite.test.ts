import { describeEngines } from "./support/engines.ts"
import { tableStorageOnServer } from "./support/table-storage-on-server.ts"

// A file for each engine, so that one waits for a silent server while another one works.
describeEngines("TableStorage", tableStorageOnServer, ["pglite"])
