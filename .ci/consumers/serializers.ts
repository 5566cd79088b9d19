import * as all from "@persist/serializers"

if (typeof all !== "object") throw new Error("Nothing is exported.")
