import * as all from "@persist/all"

if (typeof all !== "object") throw new Error("Nothing is exported.")
