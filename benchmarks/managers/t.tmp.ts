import { mkdtempSync } from "node:fs"
import { firstLoads } from "./first-load.ts"
import { updates } from "./configurations.ts"
import { liveChanges } from "./states.ts"
const d = mkdtempSync("/tmp/pb-")
if (process.argv[2]==="f") console.log(JSON.stringify(firstLoads(d).rows.map(r=>[r.name,r.microseconds/1000,r.ratio])))
if (process.argv[2]==="m") console.log(JSON.stringify((await updates(d, 2**20, 1, 0.5)).rows.map(r=>[r.name,r.microseconds/1000,r.ratio])))
if (process.argv[2]==="k") console.log(JSON.stringify((await updates(d, 2**10, 1, 1)).rows.map(r=>[r.name,r.microseconds/1000,r.ratio])))
if (process.argv[2]==="l") console.log(JSON.stringify((await liveChanges(d)).rows.map(r=>[r.name,r.microseconds,r.ratio])))
