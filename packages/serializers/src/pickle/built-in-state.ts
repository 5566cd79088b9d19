import { visibleKeys } from "./keys.ts"

/** A property on an object that is stored as what it says would be lost. */
export function refuseOwn(value: object): void {
  if (visibleKeys(value).length > 0) throw new TypeError("it has properties of its own")
}
