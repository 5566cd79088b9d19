import * as all from "@persist/cache"

if (typeof all !== "object") throw new Error("Nothing is exported.")
