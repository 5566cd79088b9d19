import * as all from "@persist/managers"

if (typeof all !== "object") throw new Error("Nothing is exported.")
