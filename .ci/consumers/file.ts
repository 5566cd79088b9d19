import * as all from "@persist/file"

if (typeof all !== "object") throw new Error("Nothing is exported.")
