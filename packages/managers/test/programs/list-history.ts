// Lists the history of the state "large" of a folder, in no more memory than it was given.
import { FileStorage } from "@persist/file"
import { StateManager } from "@persist/managers"

const storage = new FileStorage({ directory: process.argv[2]!, durability: "none" })
const states = new StateManager({ storage })
const history = await states.history("large")
console.log(history.length, history.filter(({ damaged }) => damaged).length)
await states.close()
await storage.close()
