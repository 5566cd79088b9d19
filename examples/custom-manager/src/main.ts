import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { SessionManager } from "./session-manager.ts"

const directory = await mkdtemp(join(tmpdir(), "custom-manager-"))
await using storage = new FileStorage({ directory })
const sessions = new SessionManager(storage)

const id = await sessions.start("ann")
await Promise.all([sessions.visit(id), sessions.visit(id), sessions.visit(id)])
console.log("after three visits at once:", await storage.load(id, { subfolder: "sessions" }))
console.log("expired:", await sessions.expire(0))
await rm(directory, { recursive: true })
