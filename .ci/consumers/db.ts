import * as all from "@persist/db"

if (typeof all !== "object") throw new Error("Nothing is exported.")
